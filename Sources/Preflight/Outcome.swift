/// One way in which a check can end, in the words people read. Names in braces stand for what is filled in when it happens.
package struct Outcome: Sendable, Equatable {
    package let status: CheckStatus
    package let message: String
    /// What to do, in order, in the words of the pages that a person meets on the way.
    package let steps: [String]
    package let place: AdminPlace?
    /// What only whoever runs this gateway can do. Not shown to the organization's own people: it names our settings and
    /// machines, and they can do nothing with it.
    package let forOperator: String?

    package static func pass(_ message: String) -> Outcome {
        Outcome(status: .pass, message: message, steps: [], place: nil, forOperator: nil)
    }

    package static func warn(
        _ message: String, _ steps: String..., at place: AdminPlace? = nil, forOperator: String? = nil
    ) -> Outcome {
        Outcome(status: .warn, message: message, steps: steps, place: place, forOperator: forOperator)
    }

    package static func fail(
        _ message: String, _ steps: String..., at place: AdminPlace? = nil, forOperator: String? = nil
    ) -> Outcome {
        Outcome(status: .fail, message: message, steps: steps, place: place, forOperator: forOperator)
    }

    /// `words` fills the braces; `evidence` is what a support engineer would write down.
    package func finding(_ evidence: [String: String] = [:], filling words: [String: String] = [:]) -> Finding {
        Finding(
            status: status, message: Self.filled(message, words), steps: steps.map { Self.filled($0, words) },
            place: place, forOperator: forOperator.map { Self.filled($0, words) }, evidence: evidence)
    }

    private static func filled(_ text: String, _ words: [String: String]) -> String {
        words.reduce(text) { $0.replacing("{\($1.key)}", with: $1.value) }
    }
}
