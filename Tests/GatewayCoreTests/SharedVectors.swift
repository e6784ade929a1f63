import Foundation

/// Data files that live beside the package, not in it. A test that needs a missing one says so and proves nothing.
enum SharedVectors {
    private static let folder: URL =
        if let path = ProcessInfo.processInfo.environment["LATCHKEY_SHARED"] {
            URL(fileURLWithPath: path)
        } else {
            URL(fileURLWithPath: #filePath)
                .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().appendingPathComponent("shared")
        }

    static func text(_ name: String) -> String? {
        let file = folder.appendingPathComponent("vectors").appendingPathComponent(name)
        guard let data = try? Data(contentsOf: file) else {
            print("SKIPPED: vector file \(name) is missing; set LATCHKEY_SHARED to the folder that holds vectors/")
            return nil
        }
        return String(decoding: data, as: UTF8.self)
    }

    static func lines(_ name: String) -> [String]? {
        text(name)?.split(separator: "\n").map(String.init)
    }

    /// An array of strings.
    static func strings(_ name: String) throws -> [String]? {
        guard let text = text(name) else { return nil }
        return try JSONDecoder().decode([String].self, from: Data(text.utf8))
    }

    /// The `input` of every object in an array; the strings between them are comments.
    static func inputs(_ name: String) throws -> [String]? {
        guard let text = text(name) else { return nil }
        let entries = try JSONDecoder().decode([Entry].self, from: Data(withoutLoneSurrogates(text).utf8))
        return entries.compactMap(\.input)
    }

    private struct Entry: Decodable {
        let input: String?

        private enum Key: String, CodingKey { case input }

        init(from decoder: any Decoder) throws {
            if (try? decoder.singleValueContainer().decode(String.self)) != nil {
                input = nil
            } else {
                input = try decoder.container(keyedBy: Key.self).decode(String.self, forKey: .input)
            }
        }
    }

    /// Half a surrogate pair is no text in Swift; it becomes U+FFFD, as it does when bytes are decoded.
    private static func withoutLoneSurrogates(_ json: String) -> String {
        let octets = Array(json.utf8)
        var output: [UInt8] = []
        var index = 0
        func unit(at start: Int) -> UInt16? {
            guard start + 6 <= octets.count, octets[start] == UInt8(ascii: "\\"), octets[start + 1] == UInt8(ascii: "u")
            else { return nil }
            return UInt16(String(decoding: octets[start + 2..<start + 6], as: UTF8.self), radix: 16)
        }
        while index < octets.count {
            guard octets[index] == UInt8(ascii: "\\"), index + 1 < octets.count else {
                output.append(octets[index])
                index += 1
                continue
            }
            var length = 2
            var isLone = false
            if let first = unit(at: index) {
                length = 6
                if (0xD800...0xDBFF).contains(first), let second = unit(at: index + 6),
                    (0xDC00...0xDFFF).contains(second)
                {
                    length = 12
                } else {
                    isLone = (0xD800...0xDFFF).contains(first)
                }
            }
            output += isLone ? Array("\\ufffd".utf8) : Array(octets[index..<index + length])
            index += length
        }
        return String(decoding: output, as: UTF8.self)
    }
}
