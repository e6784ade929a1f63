import ArgumentParser
import FoundationEssentials
import Gateway
import GatewayCore
import StorageSQLite

/// A command of ours: one short function that reads like a sentence.
protocol GatewayCommand: AsyncParsableCommand {
    var common: CommonOptions { get }
}

extension GatewayCommand {
    var output: Output { Output(json: common.json) }

    /// The database as it stands: a mistyped path must not become a second, empty one.
    func withStore<Value>(_ body: (SQLiteStore) async throws -> Value) async throws -> Value {
        let database = try common.source.read { DatabaseSettings(reading: &$0) }
        let store = try await SQLiteStore.open(path: database.path, createIfMissing: false)
        defer { try? store.close() }
        return try await body(store)
    }

    /// The whole gateway without its listener, for commands that talk to Zendesk or open what is sealed.
    func withParts<Value>(_ body: (GatewayParts, Settings) async throws -> Value) async throws -> Value {
        try ProcessHygiene.apply()
        let settings = try Settings(reading: common.source)
        let parts = try await parts(settings)
        do {
            // Before a token is used that an older database may be wrong about.
            try await parts.auditLog.startCheck()
            // What another process could not save is newer than what the database holds, and must not be renewed past.
            _ = await parts.refresher.mergeSpilled()
            let value = try await body(parts, settings)
            await parts.close()
            return value
        } catch {
            // Also what talked to Zendesk: a client that is left open ends a debug build.
            await parts.close()
            throw error
        }
    }

    private func parts(_ settings: Settings) async throws -> GatewayParts {
        let store = try await SQLiteStore.open(path: settings.database.path, createIfMissing: false)
        do {
            return try await GatewayParts(settings: settings, store: store)
        } catch {
            try? store.close()
            throw error
        }
    }
}
