/// Crockford's base 32 in lower case: no letter that is read as a digit, safe in URLs and file names.
package enum Base32 {
    private static let digits = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

    package static func encode(_ bytes: [UInt8]) -> String {
        var output: [UInt8] = []
        var accumulator: UInt32 = 0
        var bits = 0
        for byte in bytes {
            accumulator = (accumulator << 8) | UInt32(byte)
            bits += 8
            while bits >= 5 {
                bits -= 5
                output.append(digits[Int((accumulator >> UInt32(bits)) & 31)])
            }
        }
        if bits > 0 {
            output.append(digits[Int((accumulator << UInt32(5 - bits)) & 31)])
        }
        return String(decoding: output, as: UTF8.self)
    }

    package static func isDigit(_ octet: UInt8) -> Bool { digits.contains(octet) }
}
