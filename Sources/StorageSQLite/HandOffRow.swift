import FoundationEssentials
import GatewayCore
import Storage

/// One row of the hand-off's statement, before it is believed.
struct HandOffRow {
    /// One statement, so that key, connection and token are of one moment and the file is locked once.
    static let sql = """
        SELECT k.id AS key, k.scopes, k.tenant AS owner, c.tenant, c.subdomain, c.granted_scopes, c.status, c.generation,
            c.access_token_expires_at, c.preflight_verdict, r.generation AS token_generation, r.access_token, r.key_id
        FROM api_keys k LEFT JOIN connections c ON c.id = ?2 LEFT JOIN credentials r ON r.connection_id = c.id
        WHERE k.digest = ?1 AND k.revoked_at IS NULL
        """

    let keyID: String
    let scopes: String
    let keyTenant: String?
    let tenant: String?
    let subdomain: String?
    let grantedScopes: String?
    let status: String?
    let generation: Int64?
    let expiresAt: Int64?
    let verdict: String?
    let tokenGeneration: Int64?
    let token: [UInt8]?
    let dataKey: String?

    func record(of connection: ConnectionID) throws -> HandOffRecord {
        HandOffRecord(
            caller: APIKey.Rights(
                id: try required(APIKeyID(keyID)), scopes: Set(try words(scopes)),
                tenant: try keyTenant.map { try required(TenantID($0)) }),
            held: try held(connection))
    }

    private func held(_ connection: ConnectionID) throws -> HeldToken? {
        guard let tenant, let subdomain, let grantedScopes, let status, let generation else { return nil }
        return HeldToken(
            tenant: try required(TenantID(tenant)), subdomain: subdomain, grantedScopes: grantedScopes,
            status: try required(ConnectionStatus(rawValue: status)), generation: UInt64(bitPattern: generation),
            expiresAt: expiresAt.map(Date.init(milliseconds:)),
            verdict: try verdict.map { try required(Verdict(rawValue: $0)) }, credential: credential(connection))
    }

    private func credential(_ connection: ConnectionID) -> SealedCredential? {
        guard let token, let tokenGeneration, let dataKey else { return nil }
        return SealedCredential(
            connection: connection, generation: UInt64(bitPattern: tokenGeneration), accessToken: token,
            refreshToken: nil, keyID: dataKey)
    }

    private func words(_ text: String) throws -> [APIScope] {
        try text.split(separator: " ").map { try required(APIScope(rawValue: String($0))) }
    }

    private func required<Value>(_ value: Value?) throws -> Value {
        guard let value else { throw StorageError.damaged }
        return value
    }
}
