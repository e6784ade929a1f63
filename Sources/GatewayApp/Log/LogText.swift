/// Text that came from elsewhere, made safe for a line: what a stranger sends must not forge a second line, move a
/// terminal's cursor, or hide behind characters that turn the direction of writing.
package enum LogText {
    /// Longer values are cut, so that one request cannot fill a disk.
    static let maximumCharacters = 2000

    package static func escaped(_ text: String) -> String {
        var output = ""
        for scalar in text.unicodeScalars.prefix(maximumCharacters) {
            if isSafe(scalar) {
                output.unicodeScalars.append(scalar)
            } else {
                output += "\\u{\(String(scalar.value, radix: 16))}"
            }
        }
        return text.unicodeScalars.count > maximumCharacters ? output + "…" : output
    }

    private static func isSafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
        default: true
        }
    }
}
