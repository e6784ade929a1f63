import FoundationEssentials
package import GatewayCore
package import Storage

/// One event as it is posted. No token and nothing about a person: who wants to know more asks the API.
package struct EventMessage: Sendable, Equatable {
    /// The same at every delivery and to every receiver, so that a repeated one can be dropped.
    package let id: String
    package let body: [UInt8]

    /// Nil for entries that are no events. `connection` is the record the entry speaks of; only what never changes is taken
    /// from it, so that a repeated event says what it said the first time.
    package init?(_ entry: AuditEntry, connection: Connection?) throws {
        guard let type = EventType(entry.event) else { return nil }
        let event = entry.event
        id = "evt_\(entry.index)"
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        body = Array(
            try encoder.encode(
                Body(
                    type: type.rawValue, timestamp: event.at.formatted(.iso8601),
                    data: Facts(
                        connection_id: event.connection?.text, tenant: event.tenant?.text,
                        organization: connection?.subdomain, generation: event.generation,
                        reason: Self.reason(type, event),
                        expires_at: type == .expiringSoon ? event.subject : nil,
                        verdict: [.preflightFailing, .verdictChanged].contains(type) ? event.subject : nil,
                        key_id: type == .keyRotated ? event.subject.map(ChangeReason.removed) : nil,
                        audit_index: entry.index))))
    }

    private static func reason(_ type: EventType, _ event: AuditEvent) -> String? {
        if event.action == .connectionReauthorized { return "reauthorized" }
        return switch event.outcome {
        case .succeeded: nil
        case .refused(let code), .failed(let code): code
        }
    }

    private struct Body: Encodable {
        let type: String
        let timestamp: String
        let data: Facts
    }

    /// Members without a value are left out.
    private struct Facts: Encodable {
        let connection_id: String?
        let tenant: String?
        let organization: String?
        let generation: UInt64?
        let reason: String?
        let expires_at: String?
        let verdict: String?
        let key_id: String?
        let audit_index: Int64
    }
}
