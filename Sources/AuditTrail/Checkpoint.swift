import FoundationEssentials

/// How many entries there are at a moment and what their root is: the text that an audit key signs.
///
/// The form is that of transparency logs (C2SP, tlog-checkpoint): origin, size and root a line each, then lines of our own.
package struct Checkpoint: Sendable, Equatable {
    /// Names the log, so that a checkpoint of one installation says nothing about another.
    package let origin: String
    package let size: Int64
    package let root: TreeHash
    /// Milliseconds since 1970.
    package let at: Int64

    package init(origin: String, size: Int64, root: TreeHash, at: Int64) {
        self.origin = origin
        self.size = size
        self.root = root
        self.at = at
    }

    /// What is signed, its last line feed included.
    package var text: String {
        "\(origin)\n\(size)\n\(Data(root.octets).base64EncodedString())\ntime \(at)\n"
    }

    /// Accepts exactly what `text` makes.
    package init?(parsing text: some StringProtocol) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count == 5, let size = Int64(lines[1]), size >= 0,
            let octets = Data(base64Encoded: String(lines[2])),
            let root = TreeHash(octets), lines[3].hasPrefix("time "), let at = Int64(lines[3].dropFirst(5))
        else { return nil }
        self.init(origin: String(lines[0]), size: size, root: root, at: at)
        guard self.text == text else { return nil }
    }
}

/// Why a note is no checkpoint that can be believed.
package enum CheckpointFault: Error, Sendable, Equatable {
    case malformed
    /// Signed by a key that was not named, which may be a newer one.
    case unknownKey
    case badSignature
}
