import Mustache

/// Escaping for text between tags and in quoted attributes, scalar by scalar.
///
/// The template library escapes character by character. A quotation mark followed by a combining accent is one Swift
/// character that equals no quotation mark, passes through, and still ends the attribute in a browser, which reads
/// scalars: a name like `"́onfocus=…` would be markup. Every template is therefore read under this type.
struct PageMarkup: MustacheContentType {
    /// As templates name it.
    static let name = "LATCHKEY_PAGE"

    func escapeText(_ text: String) -> String {
        var escaped = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped.append(contentsOf: "&amp;".unicodeScalars)
            case "<": escaped.append(contentsOf: "&lt;".unicodeScalars)
            case ">": escaped.append(contentsOf: "&gt;".unicodeScalars)
            case "\"": escaped.append(contentsOf: "&quot;".unicodeScalars)
            case "'": escaped.append(contentsOf: "&#39;".unicodeScalars)
            case "`": escaped.append(contentsOf: "&#96;".unicodeScalars)
            case "\t", "\n": escaped.append(scalar)
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}": escaped.append("\u{FFFD}")
            // Overrides of writing direction would let a stranger's name reorder our own words on the page.
            case "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}": escaped.append("\u{FFFD}")
            default: escaped.append(scalar)
            }
        }
        return String(escaped)
    }
}
