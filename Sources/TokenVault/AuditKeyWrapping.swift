package import GatewayCore

/// The seed of an audit key, wrapped by the root key: the octets of a wrapped data key, under a label of its own, so that
/// neither passes for the other.
package enum AuditKeyWrapping {
    private static let format: UInt8 = 1
    private static let wrappedCount = 1 + SealingEngine.overhead + RootKey.count
    private static let random = RandomBlock()

    /// Draws a seed and wraps it; its bytes are wiped before this returns.
    package static func generate(number: UInt32, rootKey: RootKey) throws(AuditKeyError) -> [UInt8] {
        guard let bytes = try? SecureBytes.drawn() else { throw .unavailable }
        return try wrap(bytes, number: number, rootKey: rootKey)
    }

    /// The seed, for the signature algorithm that lives elsewhere.
    package static func unwrap(
        _ wrapped: [UInt8], number: UInt32, checkValue: [UInt8], rootKey: RootKey
    ) throws(AuditKeyError) -> Secret {
        guard checkValue == rootKey.checkValue else { throw .wrongRootKey }
        let bytes = try open(wrapped, number: number, rootKey: rootKey)
        return unsafe Secret(copying: bytes.bytes.bytes)
    }

    /// The same seed under another root key.
    package static func rewrap(
        _ wrapped: [UInt8], number: UInt32, from old: RootKey, to new: RootKey
    ) throws(AuditKeyError) -> [UInt8] {
        try wrap(try open(wrapped, number: number, rootKey: old), number: number, rootKey: new)
    }

    private static func wrap(
        _ bytes: borrowing SecureBytes, number: UInt32, rootKey: RootKey
    ) throws(AuditKeyError) -> [UInt8] {
        let source = unsafe bytes.bytes
        let wrapped = try? rootKey.withEngine { (engine) throws(SealingFailure) in
            try unsafe engine.seal(frame(number), bodyCount: source.count, random: random) { body in
                unsafe body.copyMemory(from: source)
            }
        }
        guard let wrapped else { throw .unavailable }
        return wrapped
    }

    private static func open(
        _ wrapped: [UInt8], number: UInt32, rootKey: RootKey
    ) throws(AuditKeyError) -> SecureBytes {
        guard wrapped.count == wrappedCount, wrapped.first == format else { throw .damaged }
        guard let bytes = try? SecureBytes(zeros: RootKey.count) else { throw .unavailable }
        let target = unsafe bytes.mutableBytes
        do {
            try rootKey.withEngine { (engine) throws(SealingFailure) in
                try engine.open(wrapped, as: frame(number)) { body in
                    unsafe body.withUnsafeBytes { unsafe target.copyMemory(from: $0) }
                }
            }
        } catch {
            throw error == .refused ? .damaged : .unavailable
        }
        return bytes
    }

    private static func frame(_ number: UInt32) -> SealingFrame {
        var binding: [UInt8] = [format]
        binding.appendBigEndian(number)
        return SealingFrame(label: "latchkey audit key wrapping v1", prefix: [format], binding: binding)
    }
}

/// Why the audit key cannot be used.
package enum AuditKeyError: Explained, Equatable {
    case wrongRootKey
    case damaged
    case unavailable

    package var explanation: Explanation {
        switch self {
        case .wrongRootKey:
            Explanation(
                code: "audit_key.wrong_root_key",
                message: "The root key is not the one that this database's audit key is wrapped with.",
                remedy: "Point the gateway at the root key that belongs to this database.")
        case .damaged:
            Explanation(
                code: "audit_key.damaged", message: "The audit key is damaged: its wrapped bytes do not open.",
                remedy: "Restore the table of audit keys from a backup of this database.")
        case .unavailable:
            Explanation(
                code: "audit_key.unavailable",
                message: "The system's cryptographic library refused to work on the audit key.",
                remedy:
                    "Check that libcrypto offers AES-256-GCM and HMAC-SHA-512 and that the memory for keys is not full."
            )
        }
    }
}
