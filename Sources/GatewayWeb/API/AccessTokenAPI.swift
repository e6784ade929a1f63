import FoundationEssentials
import Gateway
import GatewayCore
import HTTPTypes
import Hummingbird
import Storage

/// `POST /v1/connections/{id}/access-token`: the one controller that holds an access token, as a `Secret` until it is
/// written into the answer.
///
/// Key, connection and token are read together (see `HandOffStore`), so this is the only call that does not begin with
/// `APIDesk.caller`. What it refuses, it refuses in the same words.
struct AccessTokenAPI: Sendable {
    let desk: APIDesk

    func create(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let id = context.parameters.get("id").flatMap(ConnectionID.init)
        let found = try await found(request, context, connection: id ?? Self.nobody)
        try desk.admit(found.caller, scope: .credentialsRead)
        guard let id, let held = found.held, found.caller.maySee(held.tenant) else { throw APIDesk.noConnection }
        let ask = try await ask(request, about: id)
        return Self.answer(try await desk.web.leases.handOut(ask, of: held, to: found.caller.id))
    }

    /// An id that nobody has, so that a caller without a key is told the same whatever the path says.
    private static let nobody = ConnectionID(random: SystemRandomSource())

    private func found(
        _ request: Request, _ context: GatewayContext, connection: ConnectionID
    ) async throws -> HandOffRecord {
        guard let presented = APIDesk.presented(by: request),
            let found = try await desk.web.store.handOff(keyDigest: presented.digest, connection: connection)
        else { throw try desk.unknownKey(context) }
        return found
    }

    private func ask(_ request: Request, about id: ConnectionID) async throws -> Leases.Ask {
        var body = try await request.optionalJSONObject()
        let seconds = try body.takeInteger("min_ttl") ?? 0
        let allows = try body.takeBool("allow_failing_preflight") ?? false
        try body.finish()
        guard seconds >= 0 else {
            throw WebRefusal(
                .unprocessableContent, "min_ttl.invalid", "The member \"min_ttl\" is not a number of seconds.",
                remedy: "Send zero or more.")
        }
        return Leases.Ask(connection: id, minimumLifetime: TimeInterval(seconds), allowsFailingPreflight: allows)
    }

    private static func answer(_ handed: Leases.HandedOut) -> Response {
        var json = JSONText(capacity: 1024)
        json.raw("{\"access_token\":")
        json.string(handed.token)
        json.raw(",\"expires_at\":")
        json.date(handed.expiresAt)
        json.raw(",\"generation\":")
        json.integer(handed.lease.generation)
        json.raw(",\"granted_scopes\":[")
        for (index, scope) in handed.grantedScopes.split(separator: " ").enumerated() {
            if index > 0 { json.raw(",") }
            json.string(String(scope))
        }
        json.raw("],\"lease_expires_at\":")
        json.date(handed.lease.expiresAt)
        json.raw(",\"lease_id\":")
        json.string(handed.lease.id.text)
        json.raw(",\"organization_url\":")
        json.string(handed.organization.text)
        json.raw(",\"token_type\":\"bearer\"}")
        return Response(
            status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: .init(byteBuffer: json.buffer))
    }
}
