import GatewayCore
import Glibc
import Storage
import StorageSQLite

/// A second process over a database, for tests: it writes until it is killed, or tells whether it could open the file.
@main
struct StoreCrashWriter {
    static func main() async {
        let arguments = CommandLine.arguments.dropFirst()
        guard let mode = arguments.first, let path = arguments.last, arguments.count == 2 else {
            return say("usage: store-crash-writer write|renew|open|reseal|twins PATH")
        }
        if mode == "twins" { return TwinProcesses.run(at: path) }
        do {
            let store = try await SQLiteStore.open(path: path, createIfMissing: true)
            if mode == "write" {
                try await untilKilled { goesOn in
                    while goesOn() { try await CommittedConnection.make(in: store) { say($0) } }
                }
            }
            if mode == "renew" {
                try await untilKilled { try await RenewedConnection.make(in: store, while: $0) { say($0) } }
            }
            if mode == "reseal" { try await KilledReseal.run(in: store, at: path) }
            try store.close()
            say("opened")
        } catch {
            say("failed \((error as? SQLiteStoreError)?.explanation.code ?? String(describing: error))")
        }
    }

    /// Four writers at once, each with connections of its own, until it is killed, orphaned or a minute old.
    private static func untilKilled(_ work: @escaping @Sendable (() -> Bool) async throws -> Void) async throws {
        let parent = getppid()
        let end = ContinuousClock.now + .seconds(60)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask { try await work { getppid() == parent && ContinuousClock.now < end } }
            }
            try await group.waitForAll()
        }
    }
}
