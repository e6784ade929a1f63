import COpenSSL

/// AES-256-GCM with nonces of 12 octets and tags of 16, and nothing else: other sizes cannot be asked for.
///
/// The cipher is fetched once; each use sets key and nonce. The schedule of the last key stays in the context until the
/// next use or the end; a record key opens one record only.
@safe struct AuthenticatedCipher: ~Copyable {
    static let keyCount = 32
    static let nonceCount = 12
    static let tagCount = 16

    private let sealing: OpaquePointer
    private let opening: OpaquePointer

    init?() {
        guard let cipher = unsafe EVP_CIPHER_fetch(nil, "AES-256-GCM", nil) else { return nil }
        defer { unsafe EVP_CIPHER_free(cipher) }
        guard let sealing = unsafe EVP_CIPHER_CTX_new() else { return nil }
        guard let opening = unsafe EVP_CIPHER_CTX_new() else {
            unsafe EVP_CIPHER_CTX_free(sealing)
            return nil
        }
        guard unsafe EVP_EncryptInit_ex2(sealing, cipher, nil, nil, nil) == 1,
            unsafe EVP_DecryptInit_ex2(opening, cipher, nil, nil, nil) == 1
        else {
            unsafe EVP_CIPHER_CTX_free(sealing)
            unsafe EVP_CIPHER_CTX_free(opening)
            return nil
        }
        unsafe self.sealing = sealing
        unsafe self.opening = opening
    }

    /// Encrypts `text` where it lies and writes the tag behind it. False leaves zeros.
    func seal(
        _ text: UnsafeMutableRawBufferPointer, tag: UnsafeMutableRawBufferPointer, key: UnsafeRawBufferPointer,
        nonce: UnsafeRawBufferPointer, binding: UnsafeRawBufferPointer
    ) -> Bool {
        guard key.count == 32, nonce.count == 12, tag.count == 16 else { return false }
        var written: Int32 = 0
        let done =
            unsafe EVP_EncryptInit_ex2(sealing, nil, octets(key), octets(nonce), nil) == 1
            && EVP_EncryptUpdate(sealing, nil, &written, octets(binding), Int32(binding.count)) == 1
            && EVP_EncryptUpdate(sealing, octets(text), &written, octets(text), Int32(text.count)) == 1
            && EVP_EncryptFinal_ex(sealing, octets(tag), &written) == 1
            && EVP_CIPHER_CTX_ctrl(sealing, EVP_CTRL_AEAD_GET_TAG, 16, tag.baseAddress) == 1
        if !done { unsafe wipe(text) }
        return done
    }

    /// Decrypts into `output`. False leaves zeros there, whether the tag was wrong or libcrypto failed.
    func open(
        _ text: UnsafeRawBufferPointer, tag: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer,
        nonce: UnsafeRawBufferPointer, binding: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) -> Bool {
        guard key.count == 32, nonce.count == 12, tag.count == 16,
            output.count == text.count
        else { return false }
        var written: Int32 = 0
        var nothing: UInt8 = 0
        let done =
            unsafe EVP_DecryptInit_ex2(opening, nil, octets(key), octets(nonce), nil) == 1
            && EVP_DecryptUpdate(opening, nil, &written, octets(binding), Int32(binding.count)) == 1
            && EVP_DecryptUpdate(opening, octets(output), &written, octets(text), Int32(text.count)) == 1
            // Declared as writable, only read.
            && EVP_CIPHER_CTX_ctrl(
                opening, EVP_CTRL_AEAD_SET_TAG, 16, UnsafeMutableRawPointer(mutating: tag.baseAddress)) == 1
            && EVP_DecryptFinal_ex(opening, &nothing, &written) == 1
        if !done { unsafe wipe(output) }
        return done
    }

    private func wipe(_ buffer: UnsafeMutableRawBufferPointer) {
        if let base = buffer.baseAddress { unsafe OPENSSL_cleanse(base, buffer.count) }
        ERR_clear_error()
    }

    private func octets(_ buffer: UnsafeRawBufferPointer) -> UnsafePointer<UInt8>? {
        unsafe buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
    }

    private func octets(_ buffer: UnsafeMutableRawBufferPointer) -> UnsafeMutablePointer<UInt8>? {
        unsafe buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
    }

    deinit {
        unsafe EVP_CIPHER_CTX_free(sealing)
        unsafe EVP_CIPHER_CTX_free(opening)
    }
}
