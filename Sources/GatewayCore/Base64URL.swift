/// Base 64 with the URL alphabet and without padding (RFC 4648, section 5; RFC 7636, appendix A).
package enum Base64URL {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    package static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var output: [UInt8] = []
        var accumulator: UInt32 = 0
        var bits = 0
        for byte in bytes {
            accumulator = (accumulator << 8) | UInt32(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                output.append(digits[Int((accumulator >> UInt32(bits)) & 63)])
            }
        }
        if bits > 0 {
            output.append(digits[Int((accumulator << UInt32(6 - bits)) & 63)])
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// Nil unless `text` is exactly what `encode` makes of some bytes: no padding, no blanks, no stray final bits.
    package static func decode(_ text: some StringProtocol) -> [UInt8]? {
        var output: [UInt8] = []
        var accumulator: UInt32 = 0
        var bits = 0
        for octet in text.utf8 {
            guard let value = digits.firstIndex(of: octet) else { return nil }
            accumulator = (accumulator << 6) | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                output.append(UInt8(truncatingIfNeeded: accumulator >> UInt32(bits)))
            }
        }
        guard encode(output) == text else { return nil }
        return output
    }
}
