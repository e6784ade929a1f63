/// Percent-encoding by RFC 3986, section 2: everything but the unreserved characters is encoded.
enum PercentEncoding {
    private static let hexDigits = Array("0123456789ABCDEF".utf8)

    static func encode(_ text: String) -> String {
        var output: [UInt8] = []
        for octet in text.utf8 {
            if isUnreserved(octet) {
                output.append(octet)
            } else {
                output += [UInt8(ascii: "%"), hexDigits[Int(octet >> 4)], hexDigits[Int(octet & 15)]]
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// Reads one name or value of a form-encoded query. Nil on a broken escape, on bare octets that no browser sends,
    /// and on octets that are not UTF-8: repairing them would make different inputs equal.
    static func decodeFormComponent(_ text: Substring) -> String? {
        var output: [UInt8] = []
        var octets = text.utf8.makeIterator()
        while let octet = octets.next() {
            switch octet {
            case UInt8(ascii: "+"): output.append(0x20)
            case UInt8(ascii: "%"):
                guard let high = octets.next().flatMap(hexValue), let low = octets.next().flatMap(hexValue) else {
                    return nil
                }
                output.append(high << 4 | low)
            case 0x21...0x7E: output.append(octet)
            default: return nil
            }
        }
        return String(validating: output, as: UTF8.self)
    }

    static func isUnreserved(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }

    private static func hexValue(_ octet: UInt8) -> UInt8? {
        switch octet {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): octet - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): octet - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): octet - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
