import COpenSSL

@testable import TokenVault

/// The same libcrypto calls as in the sources, for key, nonce and tag sizes that the production types cannot even be asked
/// for; the vectors hold those too.
enum LibcryptoAtLarge {
    static func open(
        key: [UInt8], nonce: [UInt8], aad: [UInt8], ciphertext: [UInt8], tag: [UInt8]
    ) -> (plain: [UInt8], genuine: Bool)? {
        guard let cipher = unsafe EVP_CIPHER_fetch(nil, "AES-\(key.count * 8)-GCM", nil),
            let context = unsafe EVP_CIPHER_CTX_new()
        else { return nil }
        defer {
            unsafe EVP_CIPHER_free(cipher)
            unsafe EVP_CIPHER_CTX_free(context)
        }
        var plain = [UInt8](repeating: 0, count: ciphertext.count + 16)
        var tag = tag
        var written: Int32 = 0
        guard unsafe EVP_DecryptInit_ex2(context, cipher, nil, nil, nil) == 1,
            unsafe EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, Int32(nonce.count), nil) == 1,
            unsafe EVP_DecryptInit_ex2(context, nil, key, nonce, nil) == 1,
            unsafe EVP_DecryptUpdate(context, nil, &written, aad, Int32(aad.count)) == 1,
            unsafe EVP_DecryptUpdate(context, &plain, &written, ciphertext, Int32(ciphertext.count)) == 1,
            unsafe EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tag.count), &tag) == 1
        else { return nil }
        var rest: UInt8 = 0
        let genuine = unsafe EVP_DecryptFinal_ex(context, &rest, &written) == 1
        return (Array(plain[..<ciphertext.count]), genuine)
    }

    static func kdf(_ name: String, _ parameters: [OSSL_PARAM], count: Int) -> [UInt8]? {
        guard let kdf = unsafe EVP_KDF_fetch(nil, name, nil), let context = unsafe EVP_KDF_CTX_new(kdf) else {
            return nil
        }
        defer {
            unsafe EVP_KDF_CTX_free(context)
            unsafe EVP_KDF_free(kdf)
        }
        var output = [UInt8](repeating: 0, count: count)
        return unsafe EVP_KDF_derive(context, &output, count, parameters + [OSSL_PARAM_construct_end()]) == 1
            ? output : nil
    }

    /// A parameter keeps the pointer to its name, which only a static string guarantees.
    static func text(_ name: StaticString, _ value: UnsafeMutablePointer<CChar>) -> OSSL_PARAM {
        unsafe OSSL_PARAM_construct_utf8_string(
            UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self), value, 0)
    }

    static func octets(_ name: StaticString, _ value: UnsafeMutableRawBufferPointer) -> OSSL_PARAM {
        unsafe OSSL_PARAM_construct_octet_string(
            UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self), value.baseAddress, value.count)
    }

    static func hmac(_ digest: String, key: [UInt8], message: [UInt8]) -> [UInt8]? {
        var output = [UInt8](repeating: 0, count: 64)
        var count = 0
        guard
            unsafe EVP_Q_mac(nil, "HMAC", nil, digest, nil, key, key.count, message, message.count, &output, 64, &count)
                != nil
        else { return nil }
        return Array(output[..<count])
    }
}

/// The production cipher behind arrays.
struct ProductionCipher {
    static func seal(key: [UInt8], nonce: [UInt8], aad: [UInt8], plain: [UInt8]) -> (ciphertext: [UInt8], tag: [UInt8])?
    {
        guard let cipher = AuthenticatedCipher() else { return nil }
        var text = plain
        var tag = [UInt8](repeating: 0, count: 16)
        let done = unsafe text.withUnsafeMutableBytes { text in
            unsafe tag.withUnsafeMutableBytes { tag in
                unsafe key.withUnsafeBytes { key in
                    unsafe nonce.withUnsafeBytes { nonce in
                        unsafe aad.withUnsafeBytes { aad in
                            unsafe cipher.seal(text, tag: tag, key: key, nonce: nonce, binding: aad)
                        }
                    }
                }
            }
        }
        return done ? (text, tag) : nil
    }

    static func open(
        key: [UInt8], nonce: [UInt8], aad: [UInt8], ciphertext: [UInt8], tag: [UInt8]
    ) -> (plain: [UInt8], genuine: Bool) {
        guard let cipher = AuthenticatedCipher() else { return ([], false) }
        var plain = [UInt8](repeating: 0xAA, count: ciphertext.count)
        let genuine = unsafe plain.withUnsafeMutableBytes { plain in
            unsafe ciphertext.withUnsafeBytes { text in
                unsafe tag.withUnsafeBytes { tag in
                    unsafe key.withUnsafeBytes { key in
                        unsafe nonce.withUnsafeBytes { nonce in
                            unsafe aad.withUnsafeBytes { aad in
                                unsafe cipher.open(text, tag: tag, key: key, nonce: nonce, binding: aad, into: plain)
                            }
                        }
                    }
                }
            }
        }
        return (plain, genuine)
    }
}
