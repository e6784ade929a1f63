import FoundationEssentials
import GatewayCore
import Glibc
import TokenVault

/// Two processes that go on from one memory, and what each of them seals with.
///
/// Where it may make process namespaces both have the same number, as two have that were restored from one snapshot: nothing
/// in their memory tells them apart. Elsewhere it is a plain fork.
enum TwinProcesses {
    static let usual = 20_000

    static var count: Int { ProcessInfo.processInfo.environment["LATCHKEY_TWIN_SEALS"].flatMap { Int($0) } ?? usual }

    /// Writes salts and nonces of the records, 44 octets each, to `PATH.parent` and `PATH.child`; says both numbers.
    static func run(at path: String) {
        do {
            let vault = try vault(beside: path)
            // So that both hold the rest of one block.
            _ = try vault.seal(Secret("first"), in: context)
            let isOwnNumber = getpid() == 1 && call("unshare", 0x2000_0000) == 0
            let child = call("fork")
            guard child >= 0 else { return say("failed: no fork") }
            say("\(child == 0 ? "child" : "parent") \(getpid())\(isOwnNumber ? " restored" : "")")
            try write(vault, to: path + (child == 0 ? ".child" : ".parent"))
            guard child > 0 else { _exit(0) }
            var status: Int32 = 0
            _ = unsafe waitpid(child, &status, 0)
            say(status == 0 ? "done" : "failed: the child ended with \(status)")
        } catch {
            say("failed: \(error)")
        }
    }

    private static func vault(beside path: String) throws -> Vault {
        try SecureHeap.start()
        let keyPath = KilledReseal.rootKeyPath(beside: path)
        try FileManager.default.createDirectory(
            at: URL(filePath: keyPath).deletingLastPathComponent(), withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700])
        let rootKey = try RootKeyFile.create(at: keyPath)
        let key = try Keyring.generateDataKey(id: DataKeyID(1), state: .primary, rootKey: rootKey, at: Date())
        return Vault(keyring: try Keyring(unwrapping: [key], rootKey: rootKey))
    }

    private static let context = SealingContext(
        tenant: "t", table: "a", row: "b", column: "c", generation: 1, organization: "acme")

    private static func write(_ vault: Vault, to path: String) throws {
        var octets: [UInt8] = []
        octets.reserveCapacity(count * 44)
        for _ in 0..<count {
            let record = try vault.seal(Secret(""), in: context).bytes
            octets += record[10..<42]
            octets += record[74..<86]
        }
        try Data(octets).write(to: URL(filePath: path))
    }

    /// Swift offers neither, and means it: nothing of its concurrency may be used from here on.
    private static func call(_ name: String, _ argument: Int32 = 0) -> Int32 {
        guard let place = unsafe dlsym(nil, name) else { return -1 }
        return unsafe unsafeBitCast(place, to: (@convention(c) (Int32) -> Int32).self)(argument)
    }
}
