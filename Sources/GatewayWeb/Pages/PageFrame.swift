/// What surrounds every page: title, whose console it is, sign-out, and messages from the step before.
struct PageFrame: Sendable {
    /// The document's title; each page sets its own.
    let title: String
    let tenant: String
    let showsTenant: Bool
    let showsSignOut: Bool
    let signOutFormToken: String
    let messages: [PageMessage]

    /// A signed-in frame has a tenant and a form token for signing out; refusals to strangers have neither.
    init(tenant: String? = nil, signOutFormToken: String? = nil, messages: [PageMessage] = []) {
        self.init(title: "", tenant: tenant, signOutFormToken: signOutFormToken, messages: messages)
    }

    private init(title: String, tenant: String?, signOutFormToken: String?, messages: [PageMessage]) {
        self.title = title
        self.tenant = tenant ?? ""
        self.showsTenant = tenant != nil
        self.showsSignOut = signOutFormToken != nil
        self.signOutFormToken = signOutFormToken ?? ""
        self.messages = messages
    }

    func titled(_ title: String) -> PageFrame {
        PageFrame(
            title: title, tenant: showsTenant ? tenant : nil,
            signOutFormToken: showsSignOut ? signOutFormToken : nil, messages: messages)
    }
}

/// One sentence about the step before: "Disconnected acme."
struct PageMessage: Sendable {
    let mark: StateMark
    let sentence: String

    init(_ tone: Tone, _ sentence: String) {
        self.sentence = sentence
        self.mark =
            switch tone {
            case .good: StateMark(.good, "Done")
            case .warning: StateMark(.warning, "Note")
            case .attention: StateMark(.attention, "Not done")
            case .busy, .off: StateMark(tone, "Note")
            }
    }
}
