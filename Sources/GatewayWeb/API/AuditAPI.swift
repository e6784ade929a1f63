import FoundationEssentials
import GatewayCore
import HTTPTypes
import Hummingbird
import Storage

/// `GET /v1/audit?after=`: entries in order.
struct AuditAPI: Sendable {
    private static let pageSize = 200

    let desk: APIDesk

    func entries(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let caller = try await desk.caller(request, context, scope: .auditRead)
        let fields = try request.query()
        try fields.refuseOthers(than: ["after"])
        guard let after = Int64(fields["after"] ?? "0"), after >= 0 else {
            throw WebRefusal(
                .badRequest, "request.bad_parameter", "The query parameter after is not an index.",
                remedy: "Send the last index you have, or leave it out.")
        }
        let entries = try await desk.web.store.auditEntries(after: after, limit: Self.pageSize)
        // A key of one tenant sees that tenant's entries; next_after goes on behind those it may not see.
        let visible = entries.filter { entry in
            caller.key.tenant == nil || entry.event.tenant.map(caller.maySee) ?? false
        }
        return try .json(
            Page(entries: visible.map(AuditEntryJSON.init), next_after: Nullable(entries.last?.index)))
    }

    private struct Page: Encodable {
        let entries: [AuditEntryJSON]
        let next_after: Nullable<Int64>
    }
}

/// One entry, every member always there.
struct AuditEntryJSON: Encodable {
    let index: Int64
    let at: String
    let actor: Actor
    let action: String
    let outcome: String
    let outcome_code: Nullable<String>
    let tenant: Nullable<String>
    let connection_id: Nullable<String>
    let subject: Nullable<String>
    let generation: Nullable<UInt64>
    let key_id: Nullable<String>

    struct Actor: Encodable {
        let kind: String
        let id: Nullable<String>
    }

    init(_ entry: AuditEntry) {
        let event = entry.event
        index = entry.index
        at = event.at.formatted(.iso8601)
        actor = Actor(kind: event.actor.kind.rawValue, id: Nullable(event.actor.id))
        action = event.action.rawValue
        (outcome, outcome_code) =
            switch event.outcome {
            case .succeeded: ("succeeded", Nullable(nil))
            case .refused(let code): ("refused", Nullable(code))
            case .failed(let code): ("failed", Nullable(code))
            }
        tenant = Nullable(event.tenant?.text)
        connection_id = Nullable(event.connection?.text)
        subject = Nullable(event.subject)
        generation = Nullable(event.generation)
        key_id = Nullable(event.keyID)
    }
}
