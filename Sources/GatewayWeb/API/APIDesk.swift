import Gateway
import GatewayCore
import HTTPTypes
import Hummingbird
import Storage

/// What every API call needs: which key calls, and what it may see.
struct APIDesk: Sendable {
    let web: WebDependencies
    let limits: RateLimits

    /// The key behind the call, if it has the scope.
    func caller(_ request: Request, _ context: GatewayContext, scope: APIScope) async throws -> APICaller {
        let key = try await key(of: request, context)
        try admit(key.rights, scope: scope)
        return APICaller(key: key)
    }

    /// The same where one of several scopes will do.
    func caller(_ request: Request, _ context: GatewayContext, scopes: [APIScope]) async throws -> APICaller {
        let key = try await key(of: request, context)
        try admit(key.rights, scope: scopes.first { key.scopes.contains($0) } ?? scopes[0])
        return APICaller(key: key)
    }

    /// A key that exists: is it too busy, and may it do this?
    func admit(_ key: APIKey.Rights, scope: APIScope) throws {
        try limits.spend(.api, by: key.id.text)
        guard key.scopes.contains(scope) else {
            throw WebRefusal(
                .forbidden, "api_key.scope_missing", "This key does not have the scope \(scope.rawValue).",
                remedy: "Use a key that has it.")
        }
    }

    /// The connection that the path names, if the caller may know of it (WEB-40).
    func connection(_ context: GatewayContext, for caller: APICaller) async throws -> Connection {
        guard let id = context.parameters.get("id").flatMap(ConnectionID.init),
            let connection = try await web.store.connection(id), caller.maySee(connection.tenant)
        else { throw Self.noConnection }
        return connection
    }

    /// The organization that a body names.
    func organization(_ text: String) throws -> OrganizationURL {
        do {
            return try OrganizationURL(parsing: text, policy: web.settings.hostPolicy)
        } catch {
            throw WebRefusal(.unprocessableContent, error.explanation)
        }
    }

    static let noConnection = WebRefusal(
        .notFound, "connection.unknown", "There is no such connection.", remedy: "Check the id.")

    private func key(of request: Request, _ context: GatewayContext) async throws -> APIKey {
        if let presented = Self.presented(by: request), let key = try await web.apiKeys.authenticate(presented) {
            return key
        }
        throw try unknownKey(context)
    }

    /// Nil unless exactly one thing is presented and it has the form of a key.
    static func presented(by request: Request) -> BearerToken? {
        let fields = request.headers[values: .authorization]
        guard fields.count == 1 else { return nil }
        return bearer(fields[0]).flatMap { BearerToken(.apiKey, presented: $0) }
    }

    /// What is thrown at who has no key; more than a few and they have to wait.
    func unknownKey(_ context: GatewayContext) throws -> WebRefusal {
        try limits.spend(.badKey, by: context.remoteAddress)
        return WebRefusal(
            .unauthorized, "api_key.invalid", "No valid API key was presented.",
            remedy: "Send Authorization: Bearer with a key made by latchkey api-keys create.",
            headerFields: [.wwwAuthenticate: "Bearer"])
    }

    private static func bearer(_ field: String) -> String? {
        let pieces = field.split(separator: " ", maxSplits: 1)
        guard pieces.count == 2, pieces[0].lowercased() == "bearer" else { return nil }
        return String(pieces[1])
    }
}

/// A program, known by its key.
struct APICaller: Sendable {
    let key: APIKey

    var actor: AuditActor { AuditActor(kind: .apiKey, id: key.id.text) }

    func maySee(_ tenant: TenantID) -> Bool { key.tenant.map { $0 == tenant } ?? true }
}
