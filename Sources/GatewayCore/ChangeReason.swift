/// Why somebody changed a key, in their own words: one visible line for the audit log.
///
/// What reads the log later, a terminal included, must not be led astray by it, so nothing in it is invisible.
package struct ChangeReason: Sendable, Equatable, CustomStringConvertible {
    /// Characters (Unicode scalars): a ticket's number and a sentence.
    package static let maximumLength = 200
    private static let mark = "; reason: "

    package let text: String

    /// Spaces around it do not count.
    package init(_ typed: String) throws(ChangeReasonRefusal) {
        guard typed.unicodeScalars.count <= Self.maximumLength else { throw .tooLong }
        guard typed.unicodeScalars.allSatisfy(Self.isVisible) else { throw .invisible }
        let front = typed.drop(while: \.isWhitespace)
        guard let last = front.lastIndex(where: { !$0.isWhitespace }) else { throw .empty }
        text = String(front[...last])
    }

    package var description: String { text }

    /// What an entry is about, with the reason behind it: `dk-2; reason: yearly`.
    package func behind(_ subject: String) -> String { subject + Self.mark + text }

    /// What an entry is about, without the reason.
    package static func removed(from subject: String) -> String {
        let (octets, mark) = (Array(subject.utf8), Array(Self.mark.utf8))
        let place = octets.indices.dropLast(mark.count - 1).first { octets[$0...].starts(with: mark) }
        return place.map { String(decoding: octets[..<$0], as: UTF8.self) } ?? subject
    }

    private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: false
        default: true
        }
    }
}

extension ChangeReason? {
    /// What an entry is about, with the reason behind it where there is one.
    package func behind(_ subject: String) -> String { map { $0.behind(subject) } ?? subject }
}

package enum ChangeReasonRefusal: Explained, Equatable {
    case empty, tooLong, invisible

    package var explanation: Explanation {
        switch self {
        case .empty:
            Explanation(
                code: "reason.empty", message: "The reason is empty.", remedy: "Write one, or leave it out altogether.")
        case .tooLong:
            Explanation(
                code: "reason.too_long",
                message: "The reason is longer than \(ChangeReason.maximumLength) characters.",
                remedy: "Name a ticket, and write the rest there.")
        case .invisible:
            Explanation(
                code: "reason.invisible",
                message: "The reason has a character in it that cannot be seen, a line break for instance.",
                remedy: "Write one line of visible characters.")
        }
    }
}
