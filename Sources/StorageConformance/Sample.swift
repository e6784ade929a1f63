import FoundationEssentials
import GatewayCore
import Storage
import Testing

/// Small, valid values; a promise states only what matters to it.
enum Sample {
    static let start = Date(timeIntervalSince1970: 1_790_000_000)

    static func after(_ seconds: Double) -> Date { Date(timeIntervalSince1970: 1_790_000_000 + seconds) }

    static func tenant(_ text: String) throws -> TenantID { try #require(TenantID(text)) }

    static func newID<Kind>() -> Identifier<Kind> { Identifier(random: SystemRandomSource()) }

    /// 32 octets that differ by name, as digests do.
    static func digest(_ name: String) -> [UInt8] {
        Array(name.utf8.prefix(32)) + [UInt8](repeating: 0xD1, count: max(32 - name.utf8.count, 0))
    }

    static func event(
        _ action: AuditAction = .connectionCreated, connection: ConnectionID? = nil, subject: String? = nil
    ) -> AuditEvent {
        AuditEvent(at: start, actor: .system, action: action, connection: connection, subject: subject)
    }

    static func connection(
        _ id: ConnectionID = newID(), tenant: TenantID = .default, subdomain: String = "acme",
        status: ConnectionStatus = .active, createdAt: Date = start, generation: UInt64 = 1
    ) -> Connection {
        Connection(
            id: id, tenant: tenant, subdomain: subdomain, permissionLevel: .readAndAct,
            grantedScopes: ScopeSet(["read", "write"]), status: status,
            connectedBy: ZendeskPerson(id: 7, name: "Ada O'Hara \u{1F600}", email: "ada@acme.example", role: "admin"),
            accountFingerprint: "brand 1", createdAt: createdAt, updatedAt: createdAt, generation: generation,
            accessTokenExpiresAt: after(3600), refreshTokenExpiresAt: after(86_400))
    }

    static func credential(
        for connection: Connection, mark: String = "", keyID: String = "dk_1"
    ) -> SealedCredential {
        let name = "\(connection.id) \(connection.generation) \(mark)"
        return SealedCredential(
            connection: connection.id, generation: connection.generation, accessToken: Array("access \(name)".utf8),
            refreshToken: Array("refresh \(name)".utf8), keyID: keyID)
    }

    static func report(
        _ verdict: Verdict, of connection: ConnectionID, at checkedAt: Date = start, outcomes: String = ""
    ) -> StoredPreflightReport {
        StoredPreflightReport(
            id: newID(), connection: connection, verdict: verdict, checkedAt: checkedAt, outcomes: outcomes,
            json: Array(#"{"verdict":"\#(verdict.rawValue)"}"#.utf8))
    }

    static func diagnosticsLink(
        _ connection: ConnectionID, tenant: TenantID = .default, expiresAt: Date = after(600)
    ) -> DiagnosticsLink {
        DiagnosticsLink(
            id: newID(), tenant: tenant, connection: connection, createdAt: start, expiresAt: expiresAt)
    }

    static func pending(
        _ name: String, tenant: TenantID = .default, session: String = "session", reauthorizing: ConnectionID? = nil,
        createdAt: Date = start, expiresAt: Date = after(600)
    ) -> PendingAuthorization {
        PendingAuthorization(
            id: newID(), stateDigest: digest("state " + name), browserDigest: digest("browser " + name),
            sessionDigest: digest(session), tenant: tenant, subdomain: "acme", permissionLevel: .read,
            sealedVerifier: Array("sealed verifier of \(name)".utf8), keyID: "dk_1", returnURL: "https://app.example/",
            reauthorizing: reauthorizing, createdAt: createdAt, expiresAt: expiresAt)
    }

    static func link(
        _ name: String, tenant: TenantID = .default, roles: Set<ConsoleRole> = [.support, .security],
        expiresAt: Date = after(600)
    ) -> SignInLink {
        SignInLink(digest: digest("link " + name), tenant: tenant, roles: roles, expiresAt: expiresAt)
    }

    static func seed(_ name: String, expiresAt: Date = after(3600)) -> SessionSeed {
        SessionSeed(digest: digest(name), publicID: "s_" + name, expiresAt: expiresAt)
    }

    static func connectSession(
        tenant: TenantID = .default, connection: ConnectionID? = nil, expiresAt: Date = after(600)
    ) -> ConnectSession {
        ConnectSession(
            id: newID(), tenant: tenant, permissionLevels: [.readAndAct, .read], subdomain: "acme",
            returnURL: "https://app.example/back", connection: connection, expiresAt: expiresAt)
    }

    static func apiKey(
        _ name: String, scopes: Set<APIScope> = [.connect, .preflight], tenant: TenantID? = nil,
        createdAt: Date = start
    ) -> APIKey {
        APIKey(id: newID(), name: name, scopes: scopes, tenant: tenant, createdAt: createdAt, revokedAt: nil)
    }

    static func dataKey(_ id: String) -> StoredDataKey {
        StoredDataKey(
            id: id, state: "primary", wrapped: Array("wrapped \(id)".utf8), rootKeyCheckValue: [1, 2, 3],
            createdAt: start, activatedAt: after(1), retiredAt: nil)
    }
}
