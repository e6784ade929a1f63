/// A link to one of our own pages.
struct PageLink: Sendable {
    let text: String
    let href: String

    /// Anything that is not a plain path of ours becomes the start page: `//elsewhere` and `javascript:` are addresses too.
    init(_ text: String, path: String) {
        self.text = text
        self.href = OwnPath.checked(path)
    }
}
