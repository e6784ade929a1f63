import FoundationEssentials
import Logging

/// One event as one line.
struct LogLine {
    let at: Date
    let level: Logger.Level
    let label: String
    let message: String
    let metadata: [(key: String, value: String)]

    func text(_ format: LogFormat) -> String {
        switch format {
        case .text: plain
        case .json: json
        }
    }

    private var plain: String {
        let fields = metadata.map { " \(Self.clean($0.key))=\(Self.quoted($0.value))" }.joined()
        let word = level.rawValue.uppercased()
        return "\(time) \(word) \(Self.clean(message))\(fields)"
    }

    private var json: String {
        var members = [
            ("time", time), ("level", level.rawValue), ("logger", label), ("message", LogRedaction.redacted(message)),
        ]
        // A field of an event must not replace the event's own.
        let taken = Set(members.map(\.0))
        members += metadata.map {
            (taken.contains($0.key) ? "field.\($0.key)" : $0.key, LogRedaction.redacted($0.value))
        }
        return "{" + members.map { "\(Self.string($0.0)):\(Self.string($0.1))" }.joined(separator: ",") + "}"
    }

    private var time: String {
        at.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    private static func clean(_ text: String) -> String {
        LogText.escaped(LogRedaction.redacted(text))
    }

    /// Quoted when a space or a quotation mark would make the end unclear.
    private static func quoted(_ text: String) -> String {
        let cleaned = clean(text)
        guard cleaned.isEmpty || cleaned.contains(where: { $0 == " " || $0 == "\"" || $0 == "=" }) else {
            return cleaned
        }
        return "\"" + cleaned.replacing("\"", with: "\\\"") + "\""
    }

    /// RFC 8259, section 7, and the two line separators that it allows but line readers may not.
    private static func string(_ text: String) -> String {
        var output = "\""
        for scalar in text.unicodeScalars.prefix(LogText.maximumCharacters) {
            switch scalar {
            case "\"": output += "\\\""
            case "\\": output += "\\\\"
            case "\u{00}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}"..."\u{202E}", "\u{2066}"..."\u{2069}":
                let digits = String(scalar.value, radix: 16)
                output += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output + "\""
    }
}
