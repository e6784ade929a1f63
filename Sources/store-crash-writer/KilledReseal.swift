import Gateway
import GatewayCore
import Storage
import TokenVault

/// A reseal in small batches, as `latchkey keys reseal` does it, to be killed in the middle.
enum KilledReseal {
    /// Small, so that a kill costs little of a small database, as a kill of the real thing costs little of a large one.
    static let batch = 5
    /// Short, for the test knows that the killed one is dead.
    static let hold = 0.2

    /// The root key lies in a directory of its own beside the database, as only its owner may read that.
    static func rootKeyPath(beside path: String) -> String { path + ".keys/root.key" }

    static func run(in store: any GatewayStore, at path: String) async throws {
        try SecureHeap.start()
        let keyring = try await LiveKeyring(
            store: store, rootKey: try RootKeyFile.load(from: rootKeyPath(beside: path)), clock: SystemClock())
        say("started")
        let resealed = try await rotation(store, keyring).reseal(actor: .commandLine)
        say("resealed \(resealed.run.done) of \(resealed.run.total), unreadable \(resealed.unreadableCount)")
    }

    static func rotation(_ store: any GatewayStore, _ keyring: LiveKeyring) -> KeyRotation {
        KeyRotation(
            store: store, keyring: keyring, clock: SystemClock(), random: SystemRandomSource(), hold: hold, batch: batch
        )
    }
}
