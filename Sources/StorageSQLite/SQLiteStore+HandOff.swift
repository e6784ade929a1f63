package import GatewayCore
import GRDB
package import Storage

extension SQLiteStore {
    package func handOff(keyDigest: [UInt8], connection: ConnectionID) async throws -> HandOffRecord? {
        guard let handOffs else {
            return try await read { try $0.handOff(keyDigest: keyDigest, connection: connection) }
        }
        return try handOffs.read(keyDigest: keyDigest, connection: connection)
    }
}

extension Database {
    fileprivate func handOff(keyDigest: [UInt8], connection: ConnectionID) throws -> HandOffRecord? {
        guard let found = try record(HandOffRow.sql, [keyDigest.data, connection.text]) else { return nil }
        let row = HandOffRow(
            keyID: try found.text("key"), scopes: try found.text("scopes"), keyTenant: try found.optionalText("owner"),
            tenant: try found.optionalText("tenant"), subdomain: try found.optionalText("subdomain"),
            grantedScopes: try found.optionalText("granted_scopes"), status: try found.optionalText("status"),
            generation: try found.optionalInteger("generation"),
            expiresAt: try found.optionalInteger("access_token_expires_at"),
            verdict: try found.optionalText("preflight_verdict"),
            tokenGeneration: try found.optionalInteger("token_generation"),
            token: try found.optionalBytes("access_token"), dataKey: try found.optionalText("key_id"))
        return try row.record(of: connection)
    }
}
