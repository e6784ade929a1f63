import AuditTrail
import FoundationEssentials
import GatewayCore
package import Storage
package import TokenVault

/// An audit key ready for use.
struct AuditSigner: Sendable {
    let id: String
    let origin: String
    let key: AuditSigningKey

    init(unwrapping stored: StoredAuditKey, origin: String, rootKey: RootKey) throws {
        guard let number = Self.number(of: stored.id) else { throw StorageError.damaged }
        let seed = try AuditKeyWrapping.unwrap(
            stored.wrapped, number: number, checkValue: stored.rootKeyCheckValue, rootKey: rootKey)
        // A public key that is not the seed's would be announced and then never verify.
        guard let key = AuditSigningKey(seed: seed), key.publicKey.octets == stored.publicKey else {
            throw AuditKeyError.damaged
        }
        self.key = key
        self.origin = origin
        id = stored.id
    }

    var number: UInt32 { Self.number(of: id) ?? 0 }

    func checkpoint(_ head: AuditTreeHead, at moment: Date) throws -> StoredAuditCheckpoint {
        guard let root = TreeHash(head.root) else { throw StorageError.damaged }
        let milliseconds = Int64((moment.timeIntervalSince1970 * 1000).rounded())
        let checkpoint = Checkpoint(origin: origin, size: head.size, root: root, at: milliseconds)
        return StoredAuditCheckpoint(
            size: head.size, root: head.root, keyID: id, signedAt: moment,
            note: try SignedNote.make(checkpoint, key: key))
    }

    /// A fresh key, wrapped, and the entry that introduces it.
    static func drawn(
        number: UInt32, rootKey: RootKey, action: AuditAction, actor: AuditActor = .system, at moment: Date
    ) throws -> (StoredAuditKey, AuditEvent) {
        let wrapped = try AuditKeyWrapping.generate(number: number, rootKey: rootKey)
        let seed = try AuditKeyWrapping.unwrap(
            wrapped, number: number, checkValue: rootKey.checkValue, rootKey: rootKey)
        guard let key = AuditSigningKey(seed: seed) else { throw AuditKeyError.unavailable }
        let stored = StoredAuditKey(
            id: "ak-\(number)", publicKey: key.publicKey.octets, wrapped: wrapped,
            rootKeyCheckValue: rootKey.checkValue, createdAt: moment)
        return (stored, AuditEvent(at: moment, actor: actor, action: action, subject: stored.introduction))
    }

    fileprivate static func number(of id: String) -> UInt32? {
        guard id.hasPrefix("ak-"), let number = UInt32(id.dropFirst(3)), "ak-\(number)" == id else { return nil }
        return number
    }
}

extension StoredAuditKey {
    /// For whoever replaces the root key: the same key under another one; a retired key has nothing to wrap.
    package func rewrapped(from old: RootKey, to new: RootKey) throws -> StoredAuditKey {
        guard retiredAt == nil else { return self }
        guard rootKeyCheckValue == old.checkValue else { throw AuditKeyError.wrongRootKey }
        guard let number = AuditSigner.number(of: id) else { throw StorageError.damaged }
        return StoredAuditKey(
            id: id, publicKey: publicKey,
            wrapped: try AuditKeyWrapping.rewrap(wrapped, number: number, from: old, to: new),
            rootKeyCheckValue: new.checkValue, createdAt: createdAt)
    }
}
