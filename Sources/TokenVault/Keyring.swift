package import FoundationEssentials
import Synchronization

/// The data keys that can be used, checked as a whole: every id once, exactly one primary, nothing destroyed.
///
/// Immutable. A change of any key makes another keyring, which `Vault.replaceKeyring` takes over.
package struct Keyring: Sendable {
    package let primaryKeyID: DataKeyID
    package let states: [DataKeyID: DataKeyState]
    let primary: DataKey
    private let keys: [DataKeyID: DataKey]
    private var oldest: DataKeyID?

    /// Unwraps them all. Destroyed ones may be listed, for they stay in the table, but must be empty. Keys older than `oldest`
    /// are there and open nothing.
    package init(
        unwrapping wrapped: [WrappedDataKey], rootKey: RootKey, oldest: DataKeyID? = nil
    ) throws(KeyringError) {
        self.oldest = oldest
        primaryKeyID = try Keyring.validate(wrapped)
        let held = wrapped.filter { $0.state != .destroyed }
        guard held.allSatisfy({ $0.rootKeyCheckValue == rootKey.checkValue }) else { throw .wrongRootKey }
        var keys: [DataKeyID: DataKey] = [:]
        for key in held { keys[key.id] = try DataKey(unwrapping: key, rootKey: rootKey) }
        guard let primary = keys[primaryKeyID] else { throw .noPrimary }
        self.primary = primary
        self.keys = keys
        states = Dictionary(uniqueKeysWithValues: wrapped.map { ($0.id, $0.state) })
    }

    func key(_ id: DataKeyID) -> DataKey? { keys[id] }

    func isTooOld(_ id: DataKeyID) -> Bool { oldest.map { id < $0 } ?? false }

    /// The same keys, with another limit.
    func limited(to oldest: DataKeyID?) -> Keyring {
        var limited = self
        limited.oldest = oldest
        return limited
    }

    private static func validate(_ wrapped: [WrappedDataKey]) throws(KeyringError) -> DataKeyID {
        var seen: Set<DataKeyID> = []
        for key in wrapped {
            guard seen.insert(key.id).inserted else { throw .repeatedID(key.id) }
            guard key.state != .destroyed || key.wrapped.isEmpty else { throw .destroyedKeyStillHeld(key.id) }
        }
        let primaries = wrapped.filter { $0.state == .primary }
        guard primaries.count <= 1 else { throw .severalPrimaries }
        guard let primary = primaries.first else { throw .noPrimary }
        return primary.id
    }
}

extension Keyring {
    /// Draws a data key and wraps it; its bytes are wiped before this returns.
    package static func generateDataKey(
        id: DataKeyID, state: DataKeyState, rootKey: RootKey, at moment: Date
    ) throws(KeyringError) -> WrappedDataKey {
        guard let bytes = try? SecureBytes.drawn() else { throw .unavailable }
        return WrappedDataKey(
            id: id, state: state, wrapped: try DataKeyWrapping.wrap(bytes, id: id, rootKey: rootKey),
            rootKeyCheckValue: rootKey.checkValue, createdAt: moment, activatedAt: state == .primary ? moment : nil)
    }

    /// The same data key under another root key; records sealed under it stay as they are.
    package static func rewrap(
        _ key: WrappedDataKey, from old: RootKey, to new: RootKey
    ) throws(KeyringError) -> WrappedDataKey {
        guard key.state != .destroyed else { return key }
        guard key.rootKeyCheckValue == old.checkValue else { throw .wrongRootKey }
        let bytes = try DataKeyWrapping.unwrap(key, rootKey: old)
        return WrappedDataKey(
            id: key.id, state: key.state, wrapped: try DataKeyWrapping.wrap(bytes, id: key.id, rootKey: new),
            rootKeyCheckValue: new.checkValue, createdAt: key.createdAt, activatedAt: key.activatedAt,
            retiredAt: key.retiredAt)
    }
}

/// A data key ready for use.
final class DataKey: Sendable {
    let id: DataKeyID
    /// Keeps the key's padded digests, not the key.
    private let engine: Mutex<SealingEngine>

    init(unwrapping key: WrappedDataKey, rootKey: RootKey) throws(KeyringError) {
        let bytes = try DataKeyWrapping.unwrap(key, rootKey: rootKey)
        guard let engine = try? SealingEngine(key: bytes) else { throw .unavailable }
        id = key.id
        self.engine = Mutex(engine)
    }

    func withEngine<Outcome>(
        _ body: (inout SealingEngine) throws(SealingFailure) -> sending Outcome
    ) throws(SealingFailure) -> sending Outcome {
        try engine.withLock { (engine) throws(SealingFailure) -> sending Outcome in try body(&engine) }
    }
}
