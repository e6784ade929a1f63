package import GatewayCore
import Synchronization

/// Seals secrets into records and opens them again, under the keyring it was given.
package final class Vault: Sendable {
    private let keyring: Mutex<Keyring>
    private let random = RandomBlock()
    private let allowance = Mutex(SealAllowance.unlimited)

    package init(keyring: Keyring) {
        self.keyring = Mutex(keyring)
    }

    package var primaryKeyID: DataKeyID {
        keyring.withLock { $0.primaryKeyID }
    }

    package var states: [DataKeyID: DataKeyState] {
        keyring.withLock { $0.states }
    }

    /// Takes effect for every operation that starts after it.
    package func replaceKeyring(_ new: Keyring) {
        keyring.withLock { $0 = new }
    }

    /// Keys older than this open nothing from now on. Needs no root key.
    package func limit(to oldest: DataKeyID?) {
        keyring.withLock { $0 = $0.limited(to: oldest) }
    }

    /// Seals under the primary data key. Two seals of one secret give unlike records.
    package func seal(_ secret: Secret, in context: SealingContext) throws(VaultError) -> SealedRecord {
        let key = keyring.withLock { $0.primary }
        guard allowance.withLock({ $0.spend(key.id) }) else { throw .sealsSpent(key.id) }
        return try seal(secret, in: context, under: key)
    }

    /// The same secret under the primary data key, for whoever accounts for these seals by himself.
    package func reseal(_ record: SealedRecord, in context: SealingContext) throws(VaultError) -> SealedRecord {
        try seal(try open(record, in: context), in: context, under: keyring.withLock { $0.primary })
    }

    private func seal(
        _ secret: Secret, in context: SealingContext, under key: DataKey
    ) throws(VaultError) -> SealedRecord {
        guard secret.count <= PaddedBody.maximumSecretCount else { throw .secretTooLong }
        let frame = Vault.frame(context, keyID: key.id)
        do throws(SealingFailure) {
            let bytes = try secret.exposeBytes { (plain) throws(SealingFailure) in
                try key.withEngine { (engine) throws(SealingFailure) in
                    let count = PaddedBody.count(forSecretOf: plain.byteCount)
                    return try unsafe engine.seal(frame, bodyCount: count, random: random) { body in
                        unsafe PaddedBody.write(plain, into: body)
                    }
                }
            }
            return SealedRecord(unchecked: bytes, keyID: key.id)
        } catch { throw .unavailable }
    }

    package func open(_ record: SealedRecord, in context: SealingContext) throws(VaultError) -> Secret {
        let (found, isTooOld) = keyring.withLock { ($0.key(record.keyID), $0.isTooOld(record.keyID)) }
        guard !isTooOld else { throw .sealedUnderOldKey(record.keyID) }
        guard let key = found else { throw .sealedUnderUnknownKey(record.keyID) }
        let frame = Vault.frame(context, keyID: record.keyID)
        do throws(SealingFailure) {
            return try key.withEngine { (engine) throws(SealingFailure) in
                try engine.open(record.bytes, as: frame, read: PaddedBody.read)
            }
        } catch { throw error == .refused ? .cannotOpen : .unavailable }
    }

    /// How many more records this process may seal under a key; nil while nobody counts.
    package func sealsLeft(under id: DataKeyID) -> Int64? {
        allowance.withLock { $0.left(id) }
    }

    /// Lets this process seal so many more under the key. From the first call on it seals no more than it was allowed.
    package func allow(_ seals: Int64, under id: DataKeyID) {
        allowance.withLock { $0.add(seals, id) }
    }

    /// Nothing is sealed any more, until seals are allowed again.
    package func allowNothing() {
        allowance.withLock { $0 = .counted([:]) }
    }

    private static func frame(_ context: SealingContext, keyID: DataKeyID) -> SealingFrame {
        SealingFrame(
            label: "latchkey record v1", prefix: SealedRecord.prefix(keyID: keyID),
            binding: context.binding(keyID: keyID))
    }
}
