/// Numbers a data key; written `dk-7`. Numbers rise and are never used again.
package struct DataKeyID: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let number: UInt32

    package init(_ number: UInt32) {
        self.number = number
    }

    /// Accepts exactly what `description` writes; nil for anything else.
    package init?(_ text: String) {
        guard text.hasPrefix("dk-"), let number = UInt32(text.dropFirst(3)), "dk-\(number)" == text else { return nil }
        self.number = number
    }

    package var next: DataKeyID? {
        number == .max ? nil : DataKeyID(number + 1)
    }

    package var description: String { "dk-\(number)" }

    package static func < (left: DataKeyID, right: DataKeyID) -> Bool { left.number < right.number }
}

/// What a data key may be used for.
package enum DataKeyState: String, Sendable, CaseIterable {
    /// Opens; may become primary.
    case enabled
    /// Opens, and seals everything new. Exactly one at a time.
    case primary
    /// Opens what is still left under it; never seals again.
    case retired
    /// Gone, with everything that is still sealed under it.
    case destroyed
}
