import GatewayCore
import HTTPTypes
import TestSupport
import Testing
import ZendeskEmulator

@testable import Preflight

/// The ways in which a check can leave its question, apart from the words.
enum CheckState: String, CaseIterable {
    case pass, fail, warn, skipped
    /// A warning that says that nobody knows.
    case cannotTell = "cannot tell"

    var status: CheckStatus {
        switch self {
        case .pass: .pass
        case .fail: .fail
        case .warn, .cannotTell: .warn
        case .skipped: .skipped
        }
    }
}

/// One ending of one check, and how the stand-in brings it about.
struct StateRow: Sendable, CustomTestStringConvertible {
    let code: CheckCode
    let state: CheckState
    /// As the check describes it. Nil for skipped ones, which have no ending of their own.
    let outcome: Outcome?
    let cause: CheckCode?
    let seed: @Sendable (inout AskedOrganization) -> Void

    var testDescription: String { "\(code.rawValue): \(state.rawValue), \(outcome?.message ?? cause?.rawValue ?? "")" }

    init(
        _ code: CheckCode, _ state: CheckState, _ outcome: Outcome,
        _ seed: @escaping @Sendable (inout AskedOrganization) -> Void
    ) {
        (self.code, self.state, self.outcome, cause, self.seed) = (code, state, outcome, nil, seed)
    }

    init(
        _ code: CheckCode, skippedBecauseOf cause: CheckCode,
        _ seed: @escaping @Sendable (inout AskedOrganization) -> Void
    ) {
        (self.code, state, outcome, self.cause, self.seed) = (code, .skipped, nil, cause, seed)
    }

    var message: String { outcome?.message ?? "Not checked, because “{because}” did not pass." }

    func fits(_ message: String) -> Bool { Self.fits(message, self.message) }

    /// Braces stand for anything.
    static func fits(_ message: String, _ pattern: String) -> Bool {
        var pieces: [String] = [""]
        for part in pattern.split(separator: "{", omittingEmptySubsequences: false) {
            let halves = part.split(separator: "}", maxSplits: 1, omittingEmptySubsequences: false)
            if halves.count == 2 { pieces.append(String(halves[1])) } else { pieces[pieces.count - 1] += part }
        }
        var rest = message[...]
        guard rest.hasPrefix(pieces[0]), message.hasSuffix(pieces.last ?? "") else { return false }
        for piece in pieces where !piece.isEmpty {
            guard let found = rest.firstRange(of: piece) else { return false }
            rest = rest[found.upperBound...]
        }
        return true
    }
}

/// Which states each check can reach, how, and why not where it cannot.
enum StateTable {
    static let rows = cold + account + person + rights + grant

    /// States that a check does not have, with the reason.
    static let never: [CheckCode: [CheckState: String]] = [
        .hostResolves: [
            .warn: "a name has an address or it has none",
            .cannotTell:
                "without an address nothing else can be asked, so not knowing it fails; it counts as an outage",
            .skipped: "it needs nothing",
        ],
        .tlsValid: [
            .warn: "a certificate is good or it is not",
            .cannotTell:
                "without a connection nothing else can be asked, so not getting one fails; it counts as an outage",
        ],
        .oauthClientKnown: [.warn: "whatever is no clear answer leaves the question open"],
        .tokenAccepted: [
            .warn: "a token opens something or it does not",
            .cannotTell: "everything behind it needs the answer, so none fails; it counts as an outage",
        ],
        .identityKnown: [
            .warn: "an answer names a person or it does not",
            .cannotTell: "it reads the answer that token.accepted had, and is skipped without one",
        ],
        .supportRoleAdmin: [
            .warn: "a role is Admin or it is not",
            .cannotTell: "it reads the answer that names the person; a role that is not named is not Admin",
        ],
        .guideRoleAdmin: [.warn: "whatever is neither Admin nor something else leaves the question open"],
        .rateLimitHeadroom: [.fail: "few calls make a sync slow and never impossible"],
    ]

    /// Endings that a check shares with others and cannot have itself.
    static let unreachable: [CheckCode: [Outcome]] = [
        // Has words of its own for missing scopes.
        .scopesGranted: [Unanswered.scopeMissing],
        // A refusal for want of a role is the answer to these two.
        .guideRoleAdmin: [Unanswered.notPermitted], .planLoginActivity: [Unanswered.notPermitted],
    ]

    static func seeding(
        _ change: @escaping @Sendable (inout Organization) -> Void
    ) -> @Sendable (inout AskedOrganization) -> Void {
        { $0.standIn.update("acme", change) }
    }

    static func answering(
        _ path: String, _ answer: OutboundResponse
    ) -> @Sendable (inout AskedOrganization) -> Void {
        { $0.answer([path: answer]) }
    }

    static func failing(
        _ path: String, _ failure: TransportFailure
    ) -> @Sendable (inout AskedOrganization) -> Void {
        { $0.fail(path, failure) }
    }

    static let unreachableAccount = failing(Path.locales, .certificateUntrusted)
    static let nobodyHome = answering(Path.locales, Refused.noHelpDesk)
    static let deadToken = answering(Path.me, Refused.invalidToken)
    static let anonymous = answering(Path.me, json(#"{"user":{"id":null,"role":"end-user"}}"#))
}
