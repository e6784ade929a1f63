import Foundation
import Gateway
import GatewayApp
import GatewayCore
import Storage
import StorageSQLite
import TestSupport
import Testing

/// Tokens that a process could not save, and a command that comes before any other process.
@Suite("Commands and what waits beside the database") struct SpillTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test("RT-16: a command saves what the last process could not save before it renews anything")
    func savedFirst() async throws {
        // Nobody listens there: whatever is newer afterwards came out of the spill.
        let environment = try scratch.goodEnvironment().merging(
            ["LATCHKEY_ZENDESK_DOMAIN": "zendesk.localhost:\(try FreePort.take())"]) { _, new in new }
        let connection = try await leaveUnsaved(environment)
        let outcome = try await Executable.latchkey.run(
            ["connections", "refresh", connection.id.text], environment: environment, in: scratch)
        #expect(outcome.status == 1 && outcome.errors.contains("was not renewed"), "\(outcome.errors)")
        let store = try await SQLiteStore.open(path: scratch.path + "/latchkey.sqlite", createIfMissing: false)
        let now = try #require(try await store.connection(connection.id))
        #expect(now.generation == 2 && now.status == .active)
        let told = try await store.auditEntries(after: 0, limit: 100).map(\.event).filter {
            $0.action == .tokensRefreshed
        }
        #expect(told.map(\.subject) == ["acme"])
        try store.close()
    }

    /// A connection at its first generation, and its second beside the database.
    private func leaveUnsaved(_ environment: [String: String]) async throws -> Connection {
        let settings = try settings(environment)
        let parts = try await GatewayParts(
            settings: settings,
            store: try await SQLiteStore.open(path: settings.database.path, createIfMissing: true))
        let rows = PlantedRows(vault: parts.keyring.vault)
        let connection = try await rows.connection(in: parts.store)
        var next = connection
        next.generation = 2
        try SpillDirectory(path: settings.database.spillDirectory).keep(
            CredentialRenewal(
                credential: try rows.credential(of: next, token: "second"), grantedScopes: next.grantedScopes,
                accessTokenExpiresAt: nil, refreshTokenExpiresAt: nil, at: PlantedRows.start, due: PlantedRows.start,
                learnedLifetime: nil, outcome: "renewed"))
        await parts.close()
        return connection
    }
}
