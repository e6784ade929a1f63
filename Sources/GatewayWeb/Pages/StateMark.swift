/// How a state is to be taken. Each has its own shape and its own word on the page; colour only repeats them.
enum Tone: String, Sendable, CaseIterable {
    case good, busy, warning, attention, off
}

/// A state in a word, with the shape that goes with it.
struct StateMark: Sendable {
    let word: String
    /// Becomes part of a class name, so it comes from the closed list only.
    let tone: String
    let isGood: Bool
    let isBusy: Bool
    let isWarning: Bool
    let isAttention: Bool
    let isOff: Bool

    init(_ tone: Tone, _ word: String) {
        self.word = word
        self.tone = tone.rawValue
        isGood = tone == .good
        isBusy = tone == .busy
        isWarning = tone == .warning
        isAttention = tone == .attention
        isOff = tone == .off
    }
}
