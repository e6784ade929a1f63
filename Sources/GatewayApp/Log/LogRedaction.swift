/// Takes our own bearer tokens out of a text. Nobody may log one; this is for the day somebody does.
enum LogRedaction {
    /// The prefixes of sessions, sign-in links, connect links, browser cookies and API keys.
    private static let prefixes = ["lks_", "lki_", "lkc_", "lkd_", "lkb_", "lk_"].map { Array($0.utf8) }
    private static let shortestBody = 20

    static func redacted(_ text: String) -> String {
        let octets = Array(text.utf8)
        guard text.contains("lk") else { return text }
        var output: [UInt8] = []
        var index = 0
        while index < octets.count {
            guard let end = tokenEnd(in: octets, at: index) else {
                output.append(octets[index])
                index += 1
                continue
            }
            output += Array("[token]".utf8)
            index = end
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static func tokenEnd(in octets: [UInt8], at index: Int) -> Int? {
        guard let prefix = prefixes.first(where: { octets[index...].starts(with: $0) }) else { return nil }
        let body = octets[(index + prefix.count)...].prefix(while: isBase64URL)
        return body.count >= shortestBody ? body.endIndex : nil
    }

    private static func isBase64URL(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
