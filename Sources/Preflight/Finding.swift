/// What a check found. Never a secret; the evidence is what a support engineer would write down.
package struct Finding: Sendable, Equatable {
    package let status: CheckStatus
    package let message: String
    /// What to do, in order. Empty when all is well.
    package let steps: [String]
    /// A path in the organization's own Zendesk where it can be mended; the report makes it a link.
    package let place: AdminPlace?
    /// What only whoever runs this gateway can do.
    package let forOperator: String?
    package let evidence: [String: String]

    /// The steps as one text.
    package var remedy: String? { steps.isEmpty ? nil : steps.joined(separator: " ") }

    package static func pass(_ message: String, evidence: [String: String] = [:]) -> Finding {
        Outcome.pass(message).finding(evidence)
    }

    package static func warn(
        _ message: String, remedy: String, at place: AdminPlace? = nil, evidence: [String: String] = [:]
    ) -> Finding {
        Outcome.warn(message, remedy, at: place).finding(evidence)
    }

    package static func fail(
        _ message: String, remedy: String, at place: AdminPlace? = nil, evidence: [String: String] = [:]
    ) -> Finding {
        Outcome.fail(message, remedy, at: place).finding(evidence)
    }

    package static func skipped(because cause: CheckCode) -> Finding {
        Finding(
            status: .skipped, message: "Not checked, because “\(cause.title)” did not pass.", steps: [], place: nil,
            forOperator: nil, evidence: ["because": cause.rawValue])
    }

    /// Whether a check that needs this one has nothing to ask.
    var blocks: Bool { status == .fail || status == .skipped }
}

package enum CheckStatus: String, Sendable, CaseIterable, Codable {
    case pass, warn, fail, skipped
}
