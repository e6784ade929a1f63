import GatewayCore

/// A page that says one thing: a refusal, an error, an ending. Always names what to do next.
struct NoticePage: Page {
    static let template = "notice"

    let frame: PageFrame
    let heading: String
    let mark: StateMark
    let sentence: String
    let whatToDo: String?
    let command: String?
    let link: PageLink?
    let reference: String?

    /// `reference` is the request's id, which finds it in the log.
    init(
        frame: PageFrame = PageFrame(), tone: Tone = .attention, word: String = "Refused", heading: String,
        sentence: String, whatToDo: String? = nil, command: String? = nil, link: PageLink? = nil,
        reference: String? = nil
    ) {
        self.frame = frame.titled(heading)
        self.heading = heading
        self.mark = StateMark(tone, word)
        self.sentence = sentence
        self.whatToDo = whatToDo
        self.command = command
        self.link = link
        self.reference = reference
    }

    /// Any explained refusal under a heading of the caller's.
    init(
        frame: PageFrame = PageFrame(), heading: String, explanation: Explanation, link: PageLink? = nil,
        reference: String? = nil
    ) {
        self.init(
            frame: frame, heading: heading, sentence: explanation.message, whatToDo: explanation.remedy, link: link,
            reference: reference)
    }
}
