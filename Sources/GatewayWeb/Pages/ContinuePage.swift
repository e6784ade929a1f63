/// The one step that a cookie of the strict kind needs between an outside link and our own page.
struct ContinuePage: Page {
    static let template = "continue"

    let frame: PageFrame
    let target: String
    /// The content of the refresh tag, finished, because the address is read after a `url=` inside it.
    let refresh: String

    init(frame: PageFrame = PageFrame(), path: String) {
        self.frame = frame.titled("Continuing")
        target = OwnPath.checked(path)
        refresh = "0; url=\(target)"
    }
}
