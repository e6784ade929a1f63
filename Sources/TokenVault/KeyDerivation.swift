import COpenSSL

/// SP 800-108 in counter mode over HMAC-SHA-512, for outputs of exactly one block: 64 bytes.
///
/// The context keeps the two padded-key digests, so a derivation costs the message and one more block. Those digests lie
/// in the ordinary heap (libcrypto decides) and are wiped with the context; the key itself stays in the secure heap.
@safe struct KeyDerivation: ~Copyable {
    static let outputCount = 64
    private let context: OpaquePointer

    init?(key: borrowing SecureBytes) {
        guard let algorithm = unsafe EVP_MAC_fetch(nil, "HMAC", nil) else { return nil }
        defer { unsafe EVP_MAC_free(algorithm) }
        guard let context = unsafe EVP_MAC_CTX_new(algorithm) else { return nil }
        guard unsafe KeyDerivation.start(context, key: key.bytes) else {
            unsafe EVP_MAC_CTX_free(context)
            return nil
        }
        unsafe self.context = context
    }

    private static func start(_ context: OpaquePointer, key: UnsafeRawBufferPointer) -> Bool {
        var digest = Array("SHA512".utf8CString)
        return unsafe digest.withUnsafeMutableBufferPointer { name in
            // A parameter keeps the pointer to its name, so the name must outlive the call that makes it.
            unsafe OSSL_MAC_PARAM_DIGEST.withCString { digest in
                let parameters = unsafe [
                    OSSL_PARAM_construct_utf8_string(digest, name.baseAddress, 0),
                    OSSL_PARAM_construct_end(),
                ]
                return unsafe EVP_MAC_init(
                    context, key.baseAddress?.assumingMemoryBound(to: UInt8.self), key.count, parameters) == 1
            }
        }
    }

    /// Writes 64 bytes; false when libcrypto fails, with nothing to be used in `output`.
    func derive(from message: RawSpan, into output: UnsafeMutableRawBufferPointer) -> Bool {
        var written = 0
        // A null key starts again from the padded-key digests.
        return unsafe message.withUnsafeBytes { message in
            unsafe output.count == KeyDerivation.outputCount
                && EVP_MAC_init(context, nil, 0, nil) == 1
                && EVP_MAC_update(context, message.baseAddress?.assumingMemoryBound(to: UInt8.self), message.count) == 1
                && EVP_MAC_final(
                    context, output.baseAddress?.assumingMemoryBound(to: UInt8.self), &written, output.count) == 1
                && written == KeyDerivation.outputCount
        }
    }

    deinit {
        unsafe EVP_MAC_CTX_free(context)
    }
}
