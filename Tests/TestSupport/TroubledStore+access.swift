package import FoundationEssentials
package import GatewayCore
package import Storage

extension TroubledStore {
    package func checkHealth() async throws {
        try await meet(.checkHealth)
        try await inner.checkHealth()
    }

    package func dataKeys() async throws -> [StoredDataKey] { try await inner.dataKeys() }

    package func insertFirstDataKey(_ key: StoredDataKey, audit: AuditEvent) async throws {
        try await meet(.insertFirstDataKey)
        try await inner.insertFirstDataKey(key, audit: audit)
    }

    package func recordCounts() async throws -> [String: Int] { try await inner.recordCounts() }

    package func insertSignInLink(_ link: SignInLink, audit: AuditEvent) async throws {
        try await inner.insertSignInLink(link, audit: audit)
    }

    package func redeemSignInLink(
        digest: [UInt8], opening session: SessionSeed, replacing: [UInt8]?, at: Date
    ) async throws -> ConsoleSession? {
        try await inner.redeemSignInLink(digest: digest, opening: session, replacing: replacing, at: at)
    }

    package func session(digest: [UInt8], at: Date) async throws -> ConsoleSession? {
        try await inner.session(digest: digest, at: at)
    }

    package func renewSession(_ digest: [UInt8], as newDigest: [UInt8], at: Date) async throws -> ConsoleSession? {
        try await inner.renewSession(digest, as: newDigest, at: at)
    }

    package func endSession(digest: [UInt8], audit: AuditEvent) async throws {
        try await inner.endSession(digest: digest, audit: audit)
    }

    package func useFormToken(digest: [UInt8], expiresAt: Date) async throws -> Bool {
        try await inner.useFormToken(digest: digest, expiresAt: expiresAt)
    }

    package func sweepSessions(now: Date) async throws { try await inner.sweepSessions(now: now) }

    package func insertConnectSession(_ session: ConnectSession, digest: [UInt8], audit: AuditEvent) async throws {
        try await inner.insertConnectSession(session, digest: digest, audit: audit)
    }

    package func redeemConnectSession(
        digest: [UInt8], opening session: SessionSeed, replacing: [UInt8]?, at: Date
    ) async throws -> ConsoleSession? {
        try await inner.redeemConnectSession(digest: digest, opening: session, replacing: replacing, at: at)
    }

    package func bindConnectSession(_ id: ConnectSessionID, to connection: ConnectionID) async throws {
        try await inner.bindConnectSession(id, to: connection)
    }

    package func insertAPIKey(_ key: APIKey, digest: [UInt8], audit: AuditEvent) async throws {
        try await inner.insertAPIKey(key, digest: digest, audit: audit)
    }

    package func apiKey(digest: [UInt8]) async throws -> APIKey? { try await inner.apiKey(digest: digest) }

    package func apiKeys() async throws -> [APIKey] { try await inner.apiKeys() }

    package func revokeAPIKey(_ id: APIKeyID, at: Date, audit: AuditEvent) async throws -> Bool {
        try await inner.revokeAPIKey(id, at: at, audit: audit)
    }
}
