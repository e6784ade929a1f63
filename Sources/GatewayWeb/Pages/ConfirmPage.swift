/// Asks before a step that cannot be taken back.
struct ConfirmPage: Page {
    static let template = "confirm"

    let frame: PageFrame
    let heading: String
    let sentences: [String]
    let action: String
    let buttonText: String
    let formToken: String
    let backHref: String
    let backText: String
    let reason = ReasonField("step")

    init(
        frame: PageFrame, heading: String, sentences: [String], action: String, button: String, formToken: String,
        back: PageLink
    ) {
        self.frame = frame.titled(heading, area: .security)
        self.heading = heading
        self.sentences = sentences
        self.action = OwnPath.checked(action)
        buttonText = button
        self.formToken = formToken
        backHref = back.href
        backText = back.text
    }
}
