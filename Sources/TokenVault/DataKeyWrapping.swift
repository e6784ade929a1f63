/// `format 1 · salt 32 · commitment 32 · nonce 12 · ciphertext 32 · tag 16`, bound to the key's id.
///
/// The state is not bound: promoting and retiring change it without the root key at hand.
enum DataKeyWrapping {
    static let format: UInt8 = 1
    static let wrappedCount = 1 + SealingEngine.overhead + RootKey.count
    private static let random = RandomBlock()

    static func wrap(_ bytes: borrowing SecureBytes, id: DataKeyID, rootKey: RootKey) throws(KeyringError) -> [UInt8] {
        let source = unsafe bytes.bytes
        let wrapped = try? rootKey.withEngine { (engine) throws(SealingFailure) in
            try unsafe engine.seal(frame(id), bodyCount: source.count, random: random) { body in
                unsafe body.copyMemory(from: source)
            }
        }
        guard let wrapped else { throw .unavailable }
        return wrapped
    }

    static func unwrap(_ key: WrappedDataKey, rootKey: RootKey) throws(KeyringError) -> SecureBytes {
        guard key.wrapped.count == wrappedCount, key.wrapped.first == format else { throw .damaged(key.id) }
        guard let bytes = try? SecureBytes(zeros: RootKey.count) else { throw .unavailable }
        let target = unsafe bytes.mutableBytes
        do {
            try rootKey.withEngine { (engine) throws(SealingFailure) in
                try engine.open(key.wrapped, as: frame(key.id)) { body in
                    unsafe body.withUnsafeBytes { unsafe target.copyMemory(from: $0) }
                }
            }
        } catch {
            throw error == .refused ? .damaged(key.id) : .unavailable
        }
        return bytes
    }

    private static func frame(_ id: DataKeyID) -> SealingFrame {
        var binding: [UInt8] = [format]
        binding.appendBigEndian(id.number)
        return SealingFrame(label: "latchkey data key wrapping v1", prefix: [format], binding: binding)
    }
}
