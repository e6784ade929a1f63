import FoundationEssentials
import GatewayCore
import Storage

/// Everything that shows of one connection and of the log, to tell that nothing changed.
struct Observation: Equatable {
    static let empty = Observation(connection: nil, credential: nil, report: nil, entries: [])

    let connection: Connection?
    let credential: SealedCredential?
    let report: StoredPreflightReport?
    let entries: [AuditEntry]
}

extension GatewayStore {
    func observe(_ id: ConnectionID) async throws -> Observation {
        Observation(
            connection: try await connection(id), credential: try await credential(of: id),
            report: try await latestPreflight(of: id), entries: try await auditEntries(after: 0, limit: 10_000))
    }

    func recorded(_ action: AuditAction) async throws -> [AuditEvent] {
        try await auditEntries(after: 0, limit: 10_000).map(\.event).filter { $0.action == action }
    }

    func entryCount() async throws -> Int { try await auditEntries(after: 0, limit: 10_000).count }

    /// A first connect.
    @discardableResult
    func connect(_ connection: Connection, keyID: String = "dk_1") async throws -> Connection {
        try await saveConnected(
            connection, credential: Sample.credential(for: connection, keyID: keyID), replacing: nil,
            audit: [Sample.event(connection: connection.id)])
        return connection
    }

    /// A reconnect that takes the place of `replacing`.
    func reconnect(_ connection: Connection, replacing: UInt64?, mark: String = "") async throws {
        try await saveConnected(
            connection, credential: Sample.credential(for: connection, mark: mark), replacing: replacing,
            audit: [Sample.event(.connectionReauthorized, connection: connection.id, subject: mark)])
    }

    func insert(_ pending: PendingAuthorization, limit: Int = 100) async throws {
        try await insertPendingAuthorization(pending, limit: limit, audit: Sample.event(.authorizationBegun))
    }

    func consume(_ pending: PendingAuthorization, at: Date = Sample.start) async throws -> PendingAuthorization? {
        try await consumePendingAuthorization(
            stateDigest: pending.stateDigest, browserDigest: pending.browserDigest, at: at)
    }

    /// A browser that came through a sign-in link of its own.
    @discardableResult
    func signIn(_ name: String, expiresAt: Date = Sample.after(3600)) async throws -> ConsoleSession? {
        let link = Sample.link(name)
        try await insertSignInLink(link, audit: Sample.event(.signInLinkCreated))
        return try await redeemSignInLink(
            digest: link.digest, opening: Sample.seed(name, expiresAt: expiresAt), replacing: nil, at: Sample.start)
    }
}

/// What became of a step that somebody else may have been faster with.
enum Attempt: Equatable {
    case won, conflicted
}

func attempt(_ step: () async throws -> Void) async throws -> Attempt {
    do {
        try await step()
        return .won
    } catch StorageError.conflict {
        return .conflicted
    }
}

/// Runs one step in many tasks at once and returns what each of them got.
func inParallel<Value: Sendable>(
    _ count: Int = 50, _ step: @escaping @Sendable (Int) async throws -> Value
) async throws -> [Value] {
    try await withThrowingTaskGroup(of: Value.self) { group in
        for number in 0..<count { group.addTask { try await step(number) } }
        return try await group.reduce(into: []) { $0.append($1) }
    }
}
