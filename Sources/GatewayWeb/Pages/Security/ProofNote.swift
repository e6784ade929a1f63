/// What the newest proof said: that every record opens with one key, or which do not.
struct ProofNote: Sendable {
    let mark: StateMark
    let provedAt: PageMoment
    let provedBy: String
    let provedKey: String
    let opened: String
    let unreadable: String
    let rolledBack: String?
    let purged: String
    let tables: [EvidenceRow]
    let hasRows: Bool
    /// The first records that did not open, where this process knows them.
    let rows: [String]
    let auditIndex: String

    init(
        _ content: ProofContent, isComplete: Bool, at moment: PageMoment, by actor: String, auditIndex: Int,
        rows: [String] = []
    ) {
        mark = isComplete ? StateMark(.good, "Complete") : StateMark(.attention, "Not complete")
        provedAt = moment
        provedBy = actor
        provedKey = content.key
        opened = Counted.grouped(content.opened)
        unreadable = Counted.grouped(content.faults.unreadable)
        rolledBack = content.faults.rolledBack > 0 ? Counted.of(content.faults.rolledBack, "connection") : nil
        purged = content.isPurged ? "Emptied afterwards" : "A reader kept it from being emptied; prove again later"
        tables = content.tables.map { table in
            EvidenceRow(
                Self.words[table.name] ?? table.name,
                table.keys.map { "\(Counted.grouped($0.records)) under \($0.id)" }.joined(separator: ", "))
        }
        hasRows = !rows.isEmpty
        self.rows = rows
        self.auditIndex = String(auditIndex)
    }

    private static let words = [
        "credentials": "Tokens of connections", "pending_authorizations": "Sign-ins under way",
        "pending_revocations": "Tokens to be revoked", "webhook_endpoints": "Secrets of receivers",
        "spill": "Tokens that wait beside the database",
    ]
}
