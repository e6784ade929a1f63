import FoundationEssentials
import GatewayCore
import Storage

/// An audit entry for other programs.
struct AuditEntryBody: Encodable {
    struct Actor: Encodable {
        let kind: String
        let id: String?
    }

    let index: Int64
    let at: String
    let actor: Actor
    let action: String
    let outcome: String
    let code: String?
    let tenant: String?
    let connection_id: String?
    let subject: String?
    let generation: UInt64?
    let key_id: String?

    init(_ entry: AuditEntry) {
        let event = entry.event
        index = entry.index
        at = event.at.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        actor = Actor(kind: event.actor.kind.rawValue, id: event.actor.id)
        action = event.action.rawValue
        (outcome, code) = Self.words(event.outcome)
        tenant = event.tenant?.text
        connection_id = event.connection?.text
        subject = event.subject
        generation = event.generation
        key_id = event.keyID
    }

    private static func words(_ outcome: AuditOutcome) -> (String, String?) {
        switch outcome {
        case .succeeded: ("succeeded", nil)
        case .refused(let code): ("refused", code)
        case .failed(let code): ("failed", code)
        }
    }
}
