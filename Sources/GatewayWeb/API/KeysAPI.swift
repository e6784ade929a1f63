import Gateway
import GatewayCore
import HTTPTypes
import Hummingbird
import Storage

/// `/v1/keys`: the steps of a data key's life for the security team's programs.
///
/// Keys belong to all tenants, so an API key that is bound to one may neither see nor change them.
struct KeysAPI: Sendable {
    let desk: APIDesk

    private var keys: KeyDesk { desk.web.keyDesk }

    func list(_ request: Request, _ context: GatewayContext) async throws -> Response {
        _ = try await reader(request, context)
        return try .json(
            List(
                keys: try await keys.standing().keys.map(DataKeyJSON.init),
                log_emptied: try await !desk.web.store.hasRemnants()))
    }

    func generate(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let caller = try await rotator(request, context)
        let reason = try await Self.reason(request)
        return try await answer(try await keys.generate(reason: reason, actor: caller.actor).id, status: .created)
    }

    /// Waits until every running service knows the key, which takes a second or two where there are several.
    func promote(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let (caller, id) = (try await rotator(request, context), Self.id(context))
        try await keys.promote(id, reason: try await Self.reason(request), actor: caller.actor)
        return try await answer(id)
    }

    func retire(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let (caller, id) = (try await rotator(request, context), Self.id(context))
        try await keys.retire(id, reason: try await Self.reason(request), actor: caller.actor)
        return try await answer(id)
    }

    /// `after`: seconds until it is erased, a week unless given. `cancel`: keep it after all.
    func destroy(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let (caller, id) = (try await rotator(request, context), Self.id(context))
        var body = try await request.optionalJSONObject()
        let after = try body.takeInteger("after")
        let isCancelled = try body.takeBool("cancel") ?? false
        let reason = try Self.reason(&body)
        try body.finish()
        if isCancelled {
            try await keys.keep(id, reason: reason, actor: caller.actor)
        } else {
            _ = try await keys.destroy(
                id, after: after.map(Double.init) ?? KeyRotation.destructionDelay, reason: reason, actor: caller.actor)
        }
        return try await answer(id)
    }

    func startReseal(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let caller = try await rotator(request, context)
        var body = try await request.optionalJSONObject()
        let (speed, reason) = (try Self.speed(&body), try Self.reason(&body))
        try body.finish()
        let run = try await keys.start(rowsPerSecond: speed ?? nil, reason: reason, actor: caller.actor)
        return try .json(ResealJSON(run), status: .accepted)
    }

    func reseal(_ request: Request, _ context: GatewayContext) async throws -> Response {
        _ = try await reader(request, context)
        guard let run = try await keys.standing().reseal else { throw Self.noReseal }
        return try .json(ResealJSON(run))
    }

    /// `state`: `paused`, `running` or `abandoned`; `rows_per_second`: 0 for as fast as it goes, and null as well, for so it
    /// is answered.
    func steerReseal(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let caller = try await rotator(request, context)
        var body = try await request.jsonObject()
        let (speed, state) = (try Self.speed(&body), try body.takeString("state"))
        try body.finish()
        guard let step = try Self.step(state) ?? speed.map({ ResealSteering.throttle(rowsPerSecond: $0) }) else {
            throw WebRefusal(
                .unprocessableContent, "keys.nothing_to_change", "The body changes nothing.",
                remedy: "Send state, rows_per_second, or both.")
        }
        if let speed, state != nil { _ = try await keys.throttle(rowsPerSecond: speed, actor: caller.actor) }
        return try .json(ResealJSON(try await keys.steer(step, actor: caller.actor)))
    }

    func verify(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let caller = try await rotator(request, context)
        try await request.optionalJSONObject().finish()
        return try .json(ProofJSON(try await keys.verify(actor: caller.actor)))
    }

    func rotate(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let caller = try await rotator(request, context)
        var body = try await request.optionalJSONObject()
        let (speed, reason) = (try Self.speed(&body), try Self.reason(&body))
        try body.finish()
        let run = try await keys.rotate(rowsPerSecond: speed ?? nil, reason: reason, actor: caller.actor)
        return try .json(ResealJSON(run), status: .accepted)
    }

    private struct List: Encodable {
        let keys: [DataKeyJSON]
        let log_emptied: Bool
    }
}

extension KeysAPI {
    private func rotator(_ request: Request, _ context: GatewayContext) async throws -> APICaller {
        try Self.unbound(try await desk.caller(request, context, scope: .keysRotate))
    }

    /// Who may rotate may look, and so may who reads the audit log.
    private func reader(_ request: Request, _ context: GatewayContext) async throws -> APICaller {
        let caller = try await desk.caller(request, context, scopes: [.keysRotate, .auditRead])
        try request.query().refuseOthers(than: [])
        return try Self.unbound(caller)
    }

    private static func unbound(_ caller: APICaller) throws -> APICaller {
        guard caller.key.tenant == nil else {
            throw WebRefusal(
                .forbidden, "api_key.tenant_bound", "Data keys seal the records of all tenants.",
                remedy: "Use a key that is bound to no tenant.")
        }
        return caller
    }

    private func answer(_ id: String, status: HTTPResponse.Status = .ok) async throws -> Response {
        guard let key = try await keys.standing().keys.first(where: { $0.id == id }) else {
            throw KeyRotationRefusal.key(id, .unknown)
        }
        return try .json(DataKeyJSON(key), status: status)
    }

    private static func id(_ context: GatewayContext) -> String { context.parameters.get("id") ?? "" }

    /// Nil when it is not said; nil inside for as fast as it goes.
    private static func speed(_ body: inout JSONObject) throws -> Int?? {
        guard let rows = try body.takeNullableInteger("rows_per_second") else { return nil }
        guard let speed = Int(exactly: rows ?? 0), speed >= 0 else { throw KeyRotationRefusal.speedOutOfRange }
        return .some(speed > 0 ? speed : nil)
    }

    /// The only member of a body that need not be there.
    private static func reason(_ request: Request) async throws -> ChangeReason? {
        var body = try await request.optionalJSONObject()
        let reason = try Self.reason(&body)
        try body.finish()
        return reason
    }

    private static func reason(_ body: inout JSONObject) throws -> ChangeReason? {
        try body.takeString("reason").map { text throws(ChangeReasonRefusal) in try ChangeReason(text) }
    }

    private static func step(_ state: String?) throws -> ResealSteering? {
        switch state {
        case nil: nil
        case "paused"?: .pause
        case "running"?: .resume
        case "abandoned"?: .abandon
        default:
            throw WebRefusal(
                .unprocessableContent, "keys.state_unknown", "The state is not one that a reseal can be given.",
                remedy: "Send paused, running or abandoned.")
        }
    }

    private static let noReseal = WebRefusal(.notFound, "keys.no_reseal", "No reseal was ever begun.")
}

extension WebRefusal {
    init(_ refusal: KeyRotationRefusal) {
        switch refusal {
        case .key(_, .unknown): self.init(.notFound, refusal.explanation)
        case .speedOutOfRange, .delayOutOfRange, .delayTooShort: self.init(.unprocessableContent, refusal.explanation)
        default: self.init(.conflict, refusal.explanation)
        }
    }
}
