import GatewayCore

/// `length 4 · secret · zeros` up to a multiple of 64, so that a record shows its secret's length only roughly.
enum PaddedBody {
    static let bucket = 64
    static let lengthCount = 4
    /// In octets; far above any token, and a bound on what an opened record can make us allocate.
    static let maximumSecretCount = 65_536 - lengthCount

    static func count(forSecretOf count: Int) -> Int {
        (lengthCount + count + bucket - 1) / bucket * bucket
    }

    static func isPossible(_ count: Int) -> Bool {
        count >= bucket && count % bucket == 0 && count <= 65_536
    }

    static func write(_ secret: RawSpan, into body: UnsafeMutableRawBufferPointer) {
        let length = UInt32(truncatingIfNeeded: secret.byteCount)
        unsafe body.storeBytes(of: length.bigEndian, as: UInt32.self)
        unsafe secret.withUnsafeBytes { source in
            let place = unsafe UnsafeMutableRawBufferPointer(rebasing: body[lengthCount...])
            unsafe place.copyMemory(from: source)
            unsafe UnsafeMutableRawBufferPointer(rebasing: place[source.count...]).initializeMemory(
                as: UInt8.self, repeating: 0)
        }
    }

    /// Nil unless `write` makes exactly this body of some secret.
    static func read(_ body: RawSpan) -> Secret? {
        unsafe body.withUnsafeBytes { body in
            guard isPossible(body.count) else { return nil }
            let length = Int(UInt32(bigEndian: unsafe body.loadUnaligned(as: UInt32.self)))
            guard length <= maximumSecretCount, count(forSecretOf: length) == body.count else { return nil }
            let end = lengthCount + length
            guard unsafe body[end...].allSatisfy({ $0 == 0 }) else { return nil }
            return unsafe Secret(copying: UnsafeRawBufferPointer(rebasing: body[lengthCount..<end]).bytes)
        }
    }
}
