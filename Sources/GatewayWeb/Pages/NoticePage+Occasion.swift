extension NoticePage {
    /// The refusals and endings that come up often, with their words.
    enum Occasion: Sendable, CaseIterable {
        // HTTP
        case forbidden, notFound, methodNotAllowed, tooLarge, tooManyRequests, failure, unavailable, formExpired
        // The way back from Zendesk
        case authorizationDenied, otherBrowser, authorizationUnknown
        // Sign-in
        case signInNeeded, linkUsed, connectLinkUsed, diagnosticsLinkEnded, signedOut
    }

    init(_ occasion: Occasion, frame: PageFrame = PageFrame(), link: PageLink? = nil, reference: String? = nil) {
        let words = occasion.words
        self.init(
            frame: frame, tone: words.tone, word: words.word, heading: words.heading, sentence: words.sentence,
            whatToDo: words.whatToDo, command: words.command, link: link ?? words.link, reference: reference)
    }
}

/// What an occasion says.
struct NoticeWords: Sendable {
    var tone = Tone.attention
    var word = "Refused"
    let heading: String
    let sentence: String
    let whatToDo: String
    var command: String?
    var link: PageLink?
}

extension NoticePage.Occasion {
    private static let startAgain = PageLink("Start again", path: "/connect")
    private static let integrations = PageLink("Go to Integrations", path: OwnPath.start)
    /// Most people come through a link that a product of their own made for them, and never see a terminal.
    private static let backToProduct = "If another product sent you here, go back there and begin again."
    private static let signInCommand = "latchkey sign-in-link"

    /// Exhaustive on purpose: one list of all sentences reads better than three files of halves.
    var words: NoticeWords {
        switch self {
        case .forbidden:
            NoticeWords(
                heading: "Not allowed", sentence: "Your sign-in does not include this page or this step.",
                whatToDo: "Ask whoever gave you your link for one that includes this.", link: Self.integrations)
        case .notFound:
            NoticeWords(
                word: "Not found", heading: "Page not found",
                sentence: "There is nothing at this address, or it belongs to somebody else.",
                whatToDo: "Check the address, or start from Integrations.", link: Self.integrations)
        case .methodNotAllowed:
            NoticeWords(
                heading: "Wrong kind of request", sentence: "This address does not take that kind of request.",
                whatToDo: "Go back and use the page's own button.", link: Self.integrations)
        case .tooLarge:
            NoticeWords(
                heading: "Too much at once", sentence: "What was sent is larger than this page accepts.",
                whatToDo: "Go back, shorten what you entered, and send it again.")
        case .tooManyRequests:
            NoticeWords(
                tone: .warning, word: "Slow down", heading: "Too many requests",
                sentence: "Too many requests came from your address in a short time.",
                whatToDo: "Wait a minute, then try again.")
        case .failure:
            NoticeWords(
                word: "Error", heading: "This went wrong on our side",
                sentence: "Latchkey met an error it did not expect. What was stored before is unharmed.",
                whatToDo: "Try again. If it happens again, give the reference number to whoever gave you your link.",
                link: Self.integrations)
        case .unavailable:
            NoticeWords(
                tone: .warning, word: "Unavailable", heading: "Not available at the moment",
                sentence: "Latchkey cannot answer just now.", whatToDo: "Try again in a minute.")
        case .formExpired:
            NoticeWords(
                tone: .warning, word: "Expired", heading: "This form is out of date",
                sentence:
                    "This form was already sent, was opened in another sign-in, or is too old. It was not taken now.",
                whatToDo: "Look whether the step is done before you repeat it.", link: Self.integrations)
        case .authorizationDenied:
            NoticeWords(
                tone: .warning, word: "Not connected", heading: "Zendesk was not connected",
                sentence: "The request for access was turned down at Zendesk.",
                whatToDo: "If that was not intended, start again and choose Allow.", link: Self.startAgain)
        case .otherBrowser:
            NoticeWords(
                heading: "Another browser began this",
                sentence:
                    "This answer from Zendesk belongs to a connect that a different browser started, or that is over.",
                whatToDo: "If you just connected, look at Integrations. Otherwise start again here and stay in this "
                    + "browser; if you did not start a connect, close this page.",
                link: Self.startAgain)
        case .authorizationUnknown:
            NoticeWords(
                heading: "This answer is not expected",
                sentence: "No connect that is still open matches it. It may have been used already.",
                whatToDo: "Look at Integrations first: the connection may be there. If not, start again.",
                link: Self.integrations)
        case .signInNeeded:
            NoticeWords(
                tone: .off, word: "Not signed in", heading: "Sign in with a link",
                sentence: "This console has no passwords. You get in with a link that works once, for 10 minutes.",
                whatToDo:
                    "\(Self.backToProduct) Otherwise whoever runs Latchkey makes a link with this command and sends it "
                    + "to you:",
                command: Self.signInCommand)
        case .linkUsed:
            NoticeWords(
                tone: .warning, word: "Used up", heading: "This link no longer works",
                sentence: "A sign-in link works once and for 10 minutes.",
                whatToDo: "Ask for another one. It is made with this command:", command: Self.signInCommand)
        case .connectLinkUsed:
            NoticeWords(
                tone: .warning, word: "Used up", heading: "This link no longer works",
                sentence: "A connect link works once and for 30 minutes.",
                whatToDo: "Go back to where you got it and begin there again.")
        case .diagnosticsLinkEnded:
            NoticeWords(
                tone: .warning, word: "Over", heading: "This link no longer works",
                sentence: "A link to diagnostics works for 24 hours, unless it is taken back before.",
                whatToDo: "Ask whoever gave it to you for a new one.")
        case .signedOut:
            NoticeWords(
                tone: .good, word: "Signed out", heading: "You are signed out",
                sentence: "This browser no longer has access.",
                whatToDo: "\(Self.backToProduct) Otherwise you need another sign-in link to come back, made with this "
                    + "command:",
                command: Self.signInCommand)
        }
    }
}
