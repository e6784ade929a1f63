import GatewayCore

/// One template's text and the names of what it includes.
struct TemplateSource: Sendable {
    let name: String
    let text: String
    /// Partials and parents, in the order they stand.
    let includes: [String]
    /// Tags that would print without escaping. None is allowed.
    let unescapedTags: [String]

    init(name: String, text: String) {
        self.name = name
        self.text = text
        let tags = Self.tags(in: text)
        includes = tags.filter { $0.hasPrefix(">") || $0.hasPrefix("<") }.map {
            String($0.dropFirst().trimmed(while: \.isWhitespace))
        }
        unescapedTags = tags.filter { tag in
            ["{", "&", "=", "%"].contains { tag.hasPrefix($0) } || tag.hasPrefix(">*") || tag.hasPrefix("<*")
        }
    }

    /// What stands between `{{` and `}}`.
    static func tags(in text: String) -> [String] {
        text.split(separator: "{{", omittingEmptySubsequences: false).dropFirst().compactMap { piece in
            piece.firstRange(of: "}}").map { String(piece[..<$0.lowerBound].trimmed(while: \.isWhitespace)) }
        }
    }
}
