import FoundationEssentials
package import GatewayCore
package import Storage
import Synchronization
package import TokenVault

/// The root key this process wraps with, and where to look when another process replaced it.
package final class LiveRootKey: Sendable {
    private let current: Mutex<RootKey>
    /// Nil where nobody replaces it: tests, and the demo.
    private let source: RootKeySource?

    package init(_ rootKey: RootKey, source: RootKeySource? = nil) {
        current = Mutex(rootKey)
        self.source = source
    }

    /// The one of the candidates that the store is wrapped by. Finishes a replacement that was interrupted after its commit.
    package convenience init(
        choosing candidates: [RootKey], from source: RootKeySource, store: any GatewayStore, lock path: String
    ) async throws {
        guard let wanted = try await store.rootKeyInUse() else {
            guard candidates.count == 1 || source.path != nil else { throw RootKeyMismatch.several(source.name) }
            self.init(candidates[0], source: source)
            return
        }
        guard let found = candidates.first(where: { $0.checkValue == wanted.checkValue }) else {
            throw RootKeyMismatch(candidates[0], wanted, source)
        }
        if candidates.count > 1 { Self.finish(wanted, source, lock: path) }
        self.init(found, source: source)
    }

    /// Best effort: whoever replaces the root key next does it, too. Left alone while a replacement is under way.
    private static func finish(_ inUse: StoredRootKey, _ source: RootKeySource, lock path: String) {
        guard let lock = try? RootKeyLock(at: path) else { return }
        try? source.settle(on: inUse.checkValue, former: inUse.former)
        withExtendedLifetime(lock) {}
    }

    package var value: RootKey { current.withLock { $0 } }

    package func replace(_ new: RootKey) { current.withLock { $0 = new } }

    /// What `body` makes with the key; with a new session when that of its token has ended.
    func use<Made>(_ body: (RootKey) async throws -> Made) async throws -> Made {
        do {
            return try await body(value)
        } catch KeyringError.unavailable where reopen() {
            return try await body(value)
        } catch AuditKeyError.unavailable where reopen() {
            return try await body(value)
        }
    }

    /// The same key once more, where it lies: on a token in a session of its own. False when it is not there.
    private func reopen() -> Bool {
        let checkValue = value.checkValue
        guard let same = try? source?.candidates().first(where: { $0.checkValue == checkValue }) else { return false }
        replace(same)
        return true
    }

    /// Looks for the key that the store is wrapped by now. False when this process cannot reach it: it was moved, or the
    /// service manager still shows the former credential.
    func follow(_ wanted: StoredRootKey) -> Bool {
        guard value.checkValue != wanted.checkValue else { return true }
        guard let candidates = try? source?.candidates(),
            let found = candidates.first(where: { $0.checkValue == wanted.checkValue })
        else { return false }
        replace(found)
        return true
    }
}

/// The root key at hand is not the one that the database is wrapped by.
package struct RootKeyMismatch: Explained, Equatable {
    package let explanation: Explanation

    init(_ found: RootKey, _ wanted: StoredRootKey, _ source: RootKeySource) {
        let moved = wanted.place.map { place in
            "It was replaced at \(wanted.replacedAt.map { $0.formatted(.iso8601) } ?? "some time") and put here: \(place). "
        }
        explanation = Explanation(
            code: "root_key.wrong",
            message: "The root key is not the one that this database is wrapped with: \(found.fingerprint) lies in "
                + "\(source.name), the database needs \(RootKey.fingerprint(wanted.checkValue)).",
            remedy: (moved ?? "")
                + "Point the gateway at the root key that belongs to this database, or restore it from its export.")
    }

    private init(_ explanation: Explanation) { self.explanation = explanation }

    static func several(_ place: String) -> RootKeyMismatch {
        RootKeyMismatch(
            Explanation(
                code: "root_key.several", message: "There are several root keys in \(place), and the database is new.",
                remedy: "Use another label for the new installation."))
    }
}
