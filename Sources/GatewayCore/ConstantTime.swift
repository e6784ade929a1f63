/// Comparison that does not tell where two values first differ.
package enum ConstantTime {
    /// True when both hold the same bytes. Time depends on the lengths, which are public for everything compared here.
    package static func equal(_ left: RawSpan, _ right: RawSpan) -> Bool {
        guard left.byteCount == right.byteCount else { return false }
        var difference: UInt8 = 0
        for offset in 0..<left.byteCount {
            difference |=
                left.unsafeLoadByte(at: offset) ^ right.unsafeLoadByte(at: offset)
        }
        return difference == 0
    }

    package static func equal(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        equal(left.span.bytes, right.span.bytes)
    }
}

extension RawSpan {
    /// The bounds were checked by the caller's loop.
    fileprivate func unsafeLoadByte(at offset: Int) -> UInt8 {
        unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }
}
