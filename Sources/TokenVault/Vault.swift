package import GatewayCore
import Synchronization

/// Seals secrets into records and opens them again, under the keyring it was given.
package final class Vault: Sendable {
    private let keyring: Mutex<Keyring>
    private let random = RandomBlock()
    private let seals = Mutex<[DataKeyID: Int64]>([:])

    package init(keyring: Keyring) {
        self.keyring = Mutex(keyring)
    }

    package var primaryKeyID: DataKeyID {
        keyring.withLock { $0.primaryKeyID }
    }

    /// Takes effect for every operation that starts after it.
    package func replaceKeyring(_ new: Keyring) {
        keyring.withLock { $0 = new }
    }

    /// Seals under the primary data key. Two seals of one secret give unlike records.
    package func seal(_ secret: Secret, in context: SealingContext) throws(VaultError) -> SealedRecord {
        guard secret.count <= PaddedBody.maximumSecretCount else { throw .secretTooLong }
        let key = keyring.withLock { $0.primary }
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
            seals.withLock { $0[key.id, default: 0] += 1 }
            return SealedRecord(unchecked: bytes, keyID: key.id)
        } catch { throw .unavailable }
    }

    package func open(_ record: SealedRecord, in context: SealingContext) throws(VaultError) -> Secret {
        guard let key = keyring.withLock({ $0.key(record.keyID) }) else {
            throw .sealedUnderUnknownKey(record.keyID)
        }
        let frame = Vault.frame(context, keyID: record.keyID)
        do throws(SealingFailure) {
            return try key.withEngine { (engine) throws(SealingFailure) in
                try engine.open(record.bytes, as: frame, read: PaddedBody.read)
            }
        } catch { throw error == .refused ? .cannotOpen : .unavailable }
    }

    /// How many records each key sealed in this process since the last time this was asked.
    package func takeSealCounts() -> [DataKeyID: Int64] {
        seals.withLock { seals in
            defer { seals = [:] }
            return seals
        }
    }

    private static func frame(_ context: SealingContext, keyID: DataKeyID) -> SealingFrame {
        SealingFrame(
            label: "latchkey record v1", prefix: SealedRecord.prefix(keyID: keyID),
            binding: context.binding(keyID: keyID))
    }
}
