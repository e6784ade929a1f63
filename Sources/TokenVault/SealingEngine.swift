import COpenSSL

/// What a sealed thing begins with and is bound to.
struct SealingFrame {
    /// Tells one use of a key from every other; ASCII without a zero octet.
    let label: StaticString
    /// The readable octets in front of the salt.
    let prefix: [UInt8]
    /// Goes into the derivation and into the tag.
    let binding: [UInt8]
}

/// Why the engine did not do it. The caller decides what strangers may learn.
enum SealingFailure: Error {
    case refused
    case unavailable
}

/// Derives, commits, encrypts: `prefix · salt 32 · commitment 32 · nonce 12 · ciphertext · tag 16` under one key.
///
/// Not for two threads at once; its owner holds it in a lock.
@safe struct SealingEngine: ~Copyable {
    static let saltCount = 32
    static let commitmentCount = 32
    /// Octets around the ciphertext, besides the prefix.
    static let overhead = saltCount + commitmentCount + AuthenticatedCipher.nonceCount + AuthenticatedCipher.tagCount

    private let derivation: DerivationPlace
    private let cipher: AuthenticatedCipher
    /// Record key, then commitment; zeros between two uses.
    private let derived: SecureBytes
    private var message: [UInt8] = []

    init(key: borrowing SecureBytes) throws(SealingFailure) {
        guard let derivation = KeyDerivation(key: key) else { throw .unavailable }
        try self.init(.ready(derivation))
    }

    init(_ derivation: consuming DerivationPlace) throws(SealingFailure) {
        guard let cipher = AuthenticatedCipher(), let derived = try? SecureBytes(zeros: KeyDerivation.outputCount)
        else { throw .unavailable }
        self.derivation = derivation
        self.cipher = cipher
        self.derived = derived
    }

    /// `fill` receives the body's place, holding whatever was there, and must write all of it.
    mutating func seal(
        _ frame: SealingFrame, bodyCount: Int, random: RandomBlock, fill: (UnsafeMutableRawBufferPointer) -> Void
    ) throws(SealingFailure) -> [UInt8] {
        let total = frame.prefix.count + SealingEngine.overhead + bodyCount
        var done = false
        let sealed = unsafe [UInt8](unsafeUninitializedCapacity: total) { buffer, count in
            let place = unsafe UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: total)
            unsafe place.copyBytes(from: frame.prefix)
            done = unsafe write(frame, into: SealedPlaces(place, after: frame.prefix.count), random, fill)
            count = done ? total : 0
        }
        guard done else { throw .unavailable }
        return sealed
    }

    private mutating func write(
        _ frame: SealingFrame, into places: SealedPlaces, _ random: RandomBlock,
        _ fill: (UnsafeMutableRawBufferPointer) -> Void
    ) -> Bool {
        defer { derived.wipe() }
        guard unsafe random.fill(places.salt, places.nonce) else { return false }
        guard let binding = unsafe derive(frame, salt: UnsafeRawBufferPointer(places.salt)) else { return false }
        unsafe places.commitment.copyMemory(from: commitment)
        unsafe fill(places.body)
        return unsafe message.withUnsafeBytes { message in
            unsafe cipher.seal(
                places.body, tag: places.tag, key: recordKey, nonce: UnsafeRawBufferPointer(places.nonce),
                binding: UnsafeRawBufferPointer(rebasing: message[binding]))
        }
    }

    /// Lends the body to `read` when commitment and tag hold, and wipes it afterwards. `read` returns nil to refuse.
    mutating func open<Body>(
        _ sealed: [UInt8], as frame: SealingFrame, read: (RawSpan) -> Body?
    ) throws(SealingFailure) -> Body {
        guard sealed.count >= frame.prefix.count + SealingEngine.overhead else { throw .refused }
        defer { derived.wipe() }
        let outcome: Result<Body, SealingFailure> = unsafe sealed.withUnsafeBytes { bytes in
            // Declared as writable, only read.
            let bytes = unsafe UnsafeMutableRawBufferPointer(mutating: bytes)
            let places = unsafe SealedPlaces(bytes, after: frame.prefix.count)
            guard let binding = unsafe derive(frame, salt: UnsafeRawBufferPointer(places.salt)) else {
                return .failure(.unavailable)
            }
            // Before decryption: AES-GCM alone opens one ciphertext under two keys.
            guard unsafe CRYPTO_memcmp(commitment.baseAddress, places.commitment.baseAddress, commitment.count) == 0
            else {
                return .failure(.refused)
            }
            return unsafe decrypt(places, binding: binding, read: read)
        }
        return try outcome.get()
    }

    private func decrypt<Body>(
        _ places: SealedPlaces, binding: Range<Int>, read: (RawSpan) -> Body?
    ) -> Result<Body, SealingFailure> {
        unsafe withUnsafeTemporaryAllocation(byteCount: places.body.count, alignment: 1) { plain in
            defer { if let base = plain.baseAddress { unsafe OPENSSL_cleanse(base, plain.count) } }
            let genuine = unsafe message.withUnsafeBytes { message in
                unsafe cipher.open(
                    UnsafeRawBufferPointer(places.body), tag: UnsafeRawBufferPointer(places.tag), key: recordKey,
                    nonce: UnsafeRawBufferPointer(places.nonce),
                    binding: UnsafeRawBufferPointer(rebasing: message[binding]), into: plain)
            }
            guard genuine, let body = unsafe read(UnsafeRawBufferPointer(plain).bytes) else {
                return .failure(.refused)
            }
            return .success(body)
        }
    }

    /// SP 800-108r1, 4.1: counter, label, a zero octet, context, length in bits. Returns where the binding lies in it.
    private mutating func derive(_ frame: SealingFrame, salt: UnsafeRawBufferPointer) -> Range<Int>? {
        message.removeAll(keepingCapacity: true)
        message.append(contentsOf: [0, 0, 0, 1])
        unsafe message.append(
            contentsOf: UnsafeBufferPointer(start: frame.label.utf8Start, count: frame.label.utf8CodeUnitCount))
        message.append(0)
        unsafe message.append(contentsOf: salt)
        let start = message.count
        message.append(contentsOf: frame.binding)
        let end = message.count
        message.append(contentsOf: [0, 0, 2, 0])
        return unsafe derivation.derive(from: message.span.bytes, into: derived.mutableBytes) ? start..<end : nil
    }

    private var recordKey: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(rebasing: derived.bytes[..<AuthenticatedCipher.keyCount])
    }

    private var commitment: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(rebasing: derived.bytes[AuthenticatedCipher.keyCount...])
    }
}

/// The five places of a sealed thing, behind its prefix.
@unsafe private struct SealedPlaces {
    let salt: UnsafeMutableRawBufferPointer
    let commitment: UnsafeMutableRawBufferPointer
    let nonce: UnsafeMutableRawBufferPointer
    let body: UnsafeMutableRawBufferPointer
    let tag: UnsafeMutableRawBufferPointer

    init(_ whole: UnsafeMutableRawBufferPointer, after prefix: Int) {
        let commitmentStart = prefix + SealingEngine.saltCount
        let nonceStart = commitmentStart + SealingEngine.commitmentCount
        let bodyStart = nonceStart + AuthenticatedCipher.nonceCount
        let tagStart = whole.count - AuthenticatedCipher.tagCount
        unsafe salt = .init(rebasing: whole[prefix..<commitmentStart])
        unsafe commitment = .init(rebasing: whole[commitmentStart..<nonceStart])
        unsafe nonce = .init(rebasing: whole[nonceStart..<bodyStart])
        unsafe body = .init(rebasing: whole[bodyStart..<tagStart])
        unsafe tag = .init(rebasing: whole[tagStart...])
    }
}
