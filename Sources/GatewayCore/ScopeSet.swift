/// A set of OAuth scopes. Order and repetition on the wire mean nothing (RFC 6749, section 3.3).
package struct ScopeSet: Sendable, Hashable {
    package let names: Set<String>

    package init(_ names: some Sequence<String>) {
        self.names = Set(names)
    }

    /// Reads a `scope` value: names separated by spaces. Empty pieces are dropped.
    package init(parsing text: String) {
        self.init(text.split(separator: " ").map(String.init))
    }

    /// As it goes on the wire: sorted, so that the same set is always the same text.
    package var text: String { names.sorted().joined(separator: " ") }

    package var isEmpty: Bool { names.isEmpty }

    package func isSuperset(of other: ScopeSet) -> Bool { names.isSuperset(of: other.names) }
    package func subtracting(_ other: ScopeSet) -> ScopeSet { ScopeSet(names.subtracting(other.names)) }
}
