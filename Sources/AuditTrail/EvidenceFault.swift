/// The first thing that is wrong with an archive.
package struct EvidenceFault: Error, Sendable, Equatable {
    /// Counted from 1; one more than there are when the archive ends too early.
    package let line: Int
    /// The first entry it may be about.
    package let entry: Int64?
    package let reason: Reason

    package enum Reason: Sendable, Equatable {
        /// Not a line of an archive, or not in its one form.
        case malformed
        /// Another kind of line, or another entry, belongs here.
        case outOfOrder
        /// The entry is not the one that was hashed.
        case changed
        /// One of the entries up to here was replaced together with its hash.
        case replaced(through: Int64)
        /// An audit key that no entry introduces, or another one than it introduces.
        case key
        /// Not the key that whoever checks was told to trust.
        case stranger
        /// A signature that does not hold, or one by a key that was not in use then.
        case signature
        /// A checkpoint that was kept elsewhere is of another log.
        case forked(size: Int64?)
        /// A proof or a summary that does not follow from the entries.
        case unfounded
        case endsEarly
        case goesOn
        /// The seal is not over these octets.
        case seal
    }

    package var words: String {
        switch reason {
        case .malformed: "This is no line of an archive."
        case .outOfOrder: "Another line or entry belongs here: something was removed, added or moved."
        case .changed: "The entry is not the one that was hashed."
        case .replaced(let last): "One of the entries \(entry ?? 1) to \(last) was replaced."
        case .key: "No entry introduces this audit key."
        case .stranger: "The archive is not signed by the key that was named."
        case .signature: "The signature does not hold."
        case .forked(let size?): "A checkpoint of \(size) entries that was kept elsewhere is of another log."
        case .forked(nil): "A checkpoint that was kept elsewhere is not signed by a key of this log."
        case .unfounded: "This does not follow from the entries."
        case .endsEarly: "The archive ends here: its end is missing."
        case .goesOn: "The archive goes on behind its seal."
        case .seal: "The seal is not over these octets."
        }
    }
}

/// What a sound archive shows.
package struct EvidenceReport: Sendable, Equatable {
    package let origin: String
    package let entries: Int64
    package let root: TreeHash
    package let keys: [EvidenceKey]
    package let checkpoints: Int
    package let summary: EvidenceSummary
    /// Checkpoints kept elsewhere that the archive agrees with.
    package let confirmed: Int
    /// Checkpoints kept elsewhere of a larger log; about these the archive says nothing.
    package let larger: Int
    /// Checkpoints kept elsewhere of a log that was given up for a restored one, as an entry says.
    package let abandoned: Int
    /// Notes that were torn, or signed by nobody.
    package let unsigned: Int
}
