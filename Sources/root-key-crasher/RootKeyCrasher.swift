import Gateway
import GatewayCore
import Glibc
import StorageSQLite
import TokenVault

/// Replaces a root key and kills itself at the step that was asked for: for tests.
///
///     root-key-crasher STEP DATABASE SOURCE [TARGET]
///     root-key-crasher full FILE      loads the key again and again until the memory for keys is full
///
/// A place is a path; or `credential:PATH`; or `token:MODULE:TOKEN:KEY:PINFILE`.
@main
struct RootKeyCrasher {
    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        if arguments.count == 2 { return fill(from: arguments[1]) }
        guard arguments.count == 3 || arguments.count == 4 else { exit(64) }
        do {
            let (database, source) = (arguments[1], place(arguments[2]))
            let store = try await SQLiteStore.open(path: database, createIfMissing: false)
            let rootKey = try await LiveRootKey(
                choosing: source.candidates(), from: source, store: store, lock: database + ".root-key-lock")
            let clock = SystemClock()
            let keyring = try await LiveKeyring(store: store, rootKey: rootKey, clock: clock)
            let step = arguments[0]
            let replacement = RootKeyReplacement(
                store: store, keyring: keyring, source: source, lockPath: database + ".root-key-lock", clock: clock,
                reached: { if $0.rawValue == step { _ = kill(getpid(), SIGKILL) } })
            _ = try await replacement.run(
                to: arguments.count == 4 ? place(arguments[3]) : nil, actor: .commandLine)
            try store.close()
        } catch {
            print("failed \((error as? any Explained)?.explanation.code ?? String(describing: error))")
            exit(1)
        }
    }

    private static func fill(from path: String) {
        var keys: [RootKey] = []
        do {
            for _ in 0..<100_000 { keys.append(try RootKeyFile.load(from: path)) }
            print("failed: never full")
        } catch {
            print("\(keys.count > 1000 ? "many" : "few") then \(error.explanation.code)")
        }
        keys = []
        print((try? RootKeyFile.load(from: path)) == nil ? "failed: still full" : "room again")
    }

    private static func place(_ text: String) -> RootKeySource {
        let words = text.split(separator: ":").map(String.init)
        switch (words.first, words.count) {
        case ("token", 5):
            return .token(RootKeyToken(module: words[1], token: words[2], key: words[3], pinFile: words[4]))
        case ("credential", 2):
            let slash = words[1].lastIndex(of: "/") ?? words[1].startIndex
            return .credential(
                name: String(words[1][words[1].index(after: slash)...]), directory: String(words[1][..<slash]))
        default: return .file(text)
        }
    }
}
