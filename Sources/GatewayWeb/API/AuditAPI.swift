import FoundationEssentials
import Gateway
import GatewayCore
import HTTPTypes
import Hummingbird
import Storage

/// `GET /v1/audit?after=`: entries in order; the signed checkpoint over them, and proofs.
struct AuditAPI: Sendable {
    private static let pageSize = 200

    let desk: APIDesk

    func entries(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let caller = try await desk.caller(request, context, scope: .auditRead)
        let fields = try request.query()
        try fields.refuseOthers(than: ["after"])
        let after = try fields.wholeNumber("after") ?? 0
        let entries = try await desk.web.store.auditEntries(after: after, limit: Self.pageSize)
        // A key of one tenant sees that tenant's entries; next_after goes on behind those it may not see.
        let visible = entries.filter { entry in
            caller.key.tenant == nil || entry.event.tenant.map(caller.maySee) ?? false
        }
        return try .json(
            Page(entries: visible.map(AuditEntryJSON.init), next_after: Nullable(entries.last?.index)))
    }

    /// `GET /v1/audit/checkpoint`: the log as it stands, signed.
    func checkpoint(_ request: Request, _ context: GatewayContext) async throws -> Response {
        _ = try await desk.caller(request, context, scope: .auditRead)
        try request.query().refuseOthers(than: [])
        guard let signed = try await desk.web.auditLog.newestCheckpoint() else {
            throw WebRefusal(.notFound, "audit.no_checkpoint", "No audit checkpoint has been signed yet.")
        }
        return try .json(AuditCheckpointJSON(signed))
    }

    /// `GET /v1/audit/proof?index=&size=`, or `?from=&to=`.
    func proof(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let caller = try await desk.caller(request, context, scope: .auditRead)
        // A proof shows hashes of neighbours, and who guesses well could tell what they say.
        guard caller.key.tenant == nil else {
            throw WebRefusal(
                .forbidden, "api_key.tenant_bound", "Proofs are about the log of all tenants.",
                remedy: "Use a key that is bound to no tenant.")
        }
        let fields = try request.query()
        try fields.refuseOthers(than: ["index", "size", "from", "to"])
        let (index, size) = (try fields.wholeNumber("index"), try fields.wholeNumber("size"))
        let (old, new) = (try fields.wholeNumber("from"), try fields.wholeNumber("to"))
        switch (index, old) {
        case (let index?, nil) where new == nil: return try await inclusion(index, size)
        case (nil, let old?) where size == nil: return try await consistency(old, new)
        default:
            throw WebRefusal(
                .badRequest, "request.bad_parameter", "The query does not say which of the two proofs is wanted.",
                remedy: "Send index and size for an entry, or from and to for two sizes.")
        }
    }

    private func inclusion(_ index: Int64, _ size: Int64?) async throws -> Response {
        let size = try await orNewest(size)
        guard let proof = try await desk.web.auditLog.inclusion(of: index, size: size) else { throw Self.noProof }
        return try .json(AuditInclusionJSON(proof))
    }

    private func consistency(_ old: Int64, _ new: Int64?) async throws -> Response {
        let new = try await orNewest(new)
        guard let proof = try await desk.web.auditLog.consistency(from: old, to: new) else { throw Self.noProof }
        return try .json(AuditConsistencyJSON(proof))
    }

    private func orNewest(_ size: Int64?) async throws -> Int64 {
        if let size { return size }
        return try await desk.web.auditLog.newestCheckpoint()?.size ?? 0
    }

    private static let noProof = WebRefusal(
        .notFound, "audit.no_proof", "The log has no such entry or size.",
        remedy: "Ask /v1/audit/checkpoint how many entries there are.")

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
    /// The entry's leaf in the tree, base 64.
    let hash: String

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
        hash = Data(AuditLog.leafHash(of: entry)).base64EncodedString()
    }
}
