/// Comparison that does not tell where two values first differ.
package enum ConstantTime {
    /// True when both hold the same bytes. Time depends on the lengths, which are public for everything compared here.
    package static func equal(_ left: RawSpan, _ right: RawSpan) -> Bool {
        guard left.byteCount == right.byteCount else { return false }
        return unsafe left.withUnsafeBytes { mine in
            unsafe right.withUnsafeBytes { theirs in
                var difference: UInt8 = 0
                for offset in mine.indices {
                    difference |= unsafe mine[offset] ^ theirs[offset]
                }
                return difference == 0
            }
        }
    }

    package static func equal(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        unsafe equal(left.span.bytes, right.span.bytes)
    }
}
