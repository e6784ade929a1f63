import COpenSSL

/// SP 800-108 in counter mode over HMAC-SHA-512, for outputs of exactly one block: 64 bytes.
///
/// The context keeps the two padded-key digests, so a derivation costs the message and one more block. Those digests lie
/// in the ordinary heap (libcrypto decides) and are wiped with the context. The key itself is not kept: that is why this is
/// libcrypto's older HMAC and not `EVP_MAC`, which holds a copy of the key in the ordinary heap as long as it lives.
@safe struct KeyDerivation: ~Copyable {
    static let outputCount = 64
    private let context: OpaquePointer

    init?(key: borrowing SecureBytes) {
        guard let context = unsafe HMAC_CTX_new() else { return nil }
        guard unsafe HMAC_Init_ex(context, key.bytes.baseAddress, Int32(key.count), EVP_sha512(), nil) == 1 else {
            unsafe HMAC_CTX_free(context)
            return nil
        }
        unsafe self.context = context
    }

    /// Writes 64 bytes; false when libcrypto fails, with nothing to be used in `output`.
    func derive(from message: RawSpan, into output: UnsafeMutableRawBufferPointer) -> Bool {
        var written: UInt32 = 0
        // A null key starts again from the padded-key digests.
        return unsafe message.withUnsafeBytes { message in
            unsafe output.count == KeyDerivation.outputCount
                && HMAC_Init_ex(context, nil, 0, nil, nil) == 1
                && HMAC_Update(context, message.baseAddress?.assumingMemoryBound(to: UInt8.self), message.count) == 1
                && HMAC_Final(context, output.baseAddress?.assumingMemoryBound(to: UInt8.self), &written) == 1
                && Int(written) == KeyDerivation.outputCount
        }
    }

    deinit {
        unsafe HMAC_CTX_free(context)
    }
}

/// Where derivations from a key are made. All give the same octets for the same key.
enum DerivationPlace: ~Copyable {
    /// For a key in constant use: its padded digests are ready, the key itself is gone.
    case ready(KeyDerivation)
    /// For a key that is seldom used: it lies in the secure heap, and nothing of it elsewhere between two uses.
    case secured(SecureBytes)
    /// Inside of the token that the key never leaves.
    case token(TokenKey)

    func derive(from message: RawSpan, into output: UnsafeMutableRawBufferPointer) -> Bool {
        switch self {
        case .ready(let derivation): unsafe derivation.derive(from: message, into: output)
        case .secured(let key): unsafe DerivationPlace.once(key, message, output)
        case .token(let key): unsafe key.derive(from: message, into: output)
        }
    }

    private static func once(
        _ key: borrowing SecureBytes, _ message: RawSpan, _ output: UnsafeMutableRawBufferPointer
    ) -> Bool {
        guard let derivation = KeyDerivation(key: key) else { return false }
        return unsafe derivation.derive(from: message, into: output)
    }
}
