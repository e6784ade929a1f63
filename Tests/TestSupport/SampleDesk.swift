package import Gateway
import GatewayCore
import StorageSQLite

/// The doors of the console and the API, without any Zendesk.
package struct SampleDesk: Sendable {
    package let clock = HandClock()
    package let store: TroubledStore

    package init() throws {
        store = TroubledStore(try SQLiteStore.inMemory())
    }

    package var consoleAccess: ConsoleAccess {
        ConsoleAccess(store: store, clock: clock, random: SystemRandomSource())
    }

    package var connectSessions: ConnectSessions {
        ConnectSessions(store: store, clock: clock, random: SystemRandomSource())
    }

    package var formTokens: FormTokens { FormTokens(store: store, clock: clock, random: SystemRandomSource()) }
    package var apiKeys: APIKeys { APIKeys(store: store, clock: clock, random: SystemRandomSource()) }
}
