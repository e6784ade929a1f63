import COpenSSL

/// Key bytes in the secure heap, wiped when their one owner lets go.
@safe struct SecureBytes: ~Copyable, Sendable {
    private nonisolated(unsafe) let base: UnsafeMutableRawPointer
    let count: Int

    /// Zeros, for the caller to fill.
    init(zeros count: Int) throws(SecureHeapError) {
        try SecureHeap.start()
        guard let base = unsafe CRYPTO_secure_zalloc(count, "", 0) else { throw .full }
        // libcrypto falls back to the ordinary heap without a word when the arena was never started.
        guard unsafe CRYPTO_secure_allocated(base) == 1 else {
            unsafe CRYPTO_clear_free(base, count, "", 0)
            throw .unavailable
        }
        unsafe self.base = base
        self.count = count
    }

    init(copying span: RawSpan) throws(SecureHeapError) {
        try self.init(zeros: span.byteCount)
        unsafe span.withUnsafeBytes { source in
            unsafe mutableBytes.copyMemory(from: source)
        }
    }

    /// 32 fresh bytes from the generator that libcrypto keeps for private values.
    static func drawn() throws(SecureHeapError) -> SecureBytes {
        let bytes = try SecureBytes(zeros: 32)
        guard unsafe RAND_priv_bytes(bytes.base.assumingMemoryBound(to: UInt8.self), 32) == 1 else {
            throw .unavailable
        }
        return bytes
    }

    var bytes: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: base, count: count)
    }

    var mutableBytes: UnsafeMutableRawBufferPointer {
        unsafe UnsafeMutableRawBufferPointer(start: base, count: count)
    }

    var isAllZeros: Bool {
        var gathered: UInt8 = 0
        for offset in 0..<count { gathered |= unsafe bytes[offset] }
        return gathered == 0
    }

    func wipe() {
        unsafe OPENSSL_cleanse(base, count)
    }

    deinit {
        unsafe CRYPTO_secure_clear_free(base, count, "", 0)
    }
}
