import FoundationEssentials
import GatewayCore
import Glibc
import Storage

/// One connection's short life: a first connect and two reconnects, each acknowledged as `ID GENERATION` once the store
/// has returned. What is stored follows from these two words, so that a reader can tell a torn record.
enum CommittedConnection {
    static let generations: ClosedRange<UInt64> = 1...3

    static func make(in store: any GatewayStore, acknowledge: (String) -> Void) async throws {
        let id = ConnectionID(random: SystemRandomSource())
        for generation in generations {
            let connection = connection(id, generation: generation)
            try await store.saveConnected(
                connection, credential: credential(of: connection),
                replacing: generation == 1 ? nil : generation - 1, audit: [event(of: connection)])
            acknowledge("\(id) \(generation)")
        }
    }

    static func connection(_ id: ConnectionID, generation: UInt64) -> Connection {
        let start = Date(timeIntervalSince1970: 1_790_000_000)
        return Connection(
            id: id, tenant: .default, subdomain: String(id.text.suffix(26)), permissionLevel: .read,
            grantedScopes: ScopeSet(["read"]), status: .active,
            connectedBy: ZendeskPerson(id: 7, name: "generation \(generation)", email: nil, role: "admin"),
            accountFingerprint: nil, createdAt: start, updatedAt: start.addingTimeInterval(Double(generation)),
            generation: generation, accessTokenExpiresAt: nil, refreshTokenExpiresAt: nil)
    }

    /// Longer than a page, so that a torn write would show.
    static func credential(of connection: Connection) -> SealedCredential {
        let mark = Array("\(connection.id) \(connection.generation) ".utf8)
        let token = (0..<120).flatMap { _ in mark }
        return SealedCredential(
            connection: connection.id, generation: connection.generation, accessToken: token,
            refreshToken: token.reversed(), keyID: "dk_\(connection.generation)")
    }

    static func event(of connection: Connection) -> AuditEvent {
        AuditEvent(
            at: connection.updatedAt, actor: .system, action: .connectionReauthorized, connection: connection.id,
            generation: connection.generation)
    }
}

/// One `write` for a whole line: what a killed process has said stays said, and lines do not mix.
func say(_ line: String) {
    var line = line + "\n"
    line.withUTF8 { octets in _ = unsafe write(STDOUT_FILENO, octets.baseAddress, octets.count) }
}
