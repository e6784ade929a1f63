/// How the audit log stands: what was signed last, and whether what is kept elsewhere agrees.
struct AuditNote: Sendable {
    let entries: String
    let checkpoint: CheckpointNote?
    let mark: StateMark
    let witnessSentence: String
    let doubt: AuditDoubt?

    enum Witnesses: Sendable {
        /// No checkpoint is kept elsewhere.
        case none
        case agree
        case doubtful(AuditDoubt)
    }

    init(entries: Int, checkpoint: CheckpointNote?, witnesses: Witnesses) {
        self.entries = Counted.grouped(entries)
        self.checkpoint = checkpoint
        switch witnesses {
        case .none:
            mark = StateMark(.warning, "Nothing to compare with")
            witnessSentence =
                "No checkpoint is kept outside of this database, so one that went back in time could not be told."
            doubt = nil
        case .agree:
            mark = StateMark(.good, "Agrees")
            witnessSentence = "The log is the one whose checkpoints are kept elsewhere."
            doubt = nil
        case .doubtful(let found):
            mark = StateMark(.attention, "In doubt")
            witnessSentence = found.message
            doubt = found
        }
    }
}

/// Why the log is not trusted, and what to do.
struct AuditDoubt: Sendable {
    let message: String
    let remedy: String
}

/// The newest signed checkpoint.
struct CheckpointNote: Sendable {
    let size: String
    let root: String
    let signer: String
    let signedAt: PageMoment
    let behind: String?

    /// `root` as it stands in the signed note; `entries`: how many there are by now.
    init(size: Int, root: String, signer: String, signedAt: PageMoment, entries: Int) {
        self.size = Counted.grouped(size)
        self.root = root
        self.signer = signer
        self.signedAt = signedAt
        behind = entries > size ? "\(Counted.grouped(entries - size)) since then" : nil
    }
}
