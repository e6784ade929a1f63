package import FoundationEssentials
package import GatewayCore

package protocol AuditLogStore: Sendable {
    /// For what changes nothing else: a refusal, a start, an exchange that failed.
    func append(_ events: [AuditEvent]) async throws

    /// Entries with a larger index, oldest first.
    func auditEntries(after index: Int64, limit: Int) async throws -> [AuditEntry]

    /// The begin of the last emergency rotation, if it has not ended.
    func openEmergency() async throws -> AuditEntry?

    /// The tree over all entries, as the last commit left it. One row is read.
    func auditTreeHead() async throws -> AuditTreeHead

    /// The root that the first `size` entries had; nil when there are not as many. Reads no more than a path of the tree.
    func auditRoot(at size: Int64) async throws -> [UInt8]?

    /// The hashes that lead from an entry to the root at `size` (RFC 9162, 2.1.3); nil when the entry is not among the first
    /// `size`, or there are not as many.
    func auditInclusionProof(of index: Int64, size: Int64) async throws -> [[UInt8]]?

    /// The hashes that show that the log of `old` entries is the beginning of that of `new` (RFC 9162, 2.1.4); nil when
    /// there are not as many, or `old` is larger.
    func auditConsistencyProof(from old: Int64, to new: Int64) async throws -> [[UInt8]]?

    /// When the database was last found to be older than a checkpoint that is kept elsewhere; nil when it never was.
    func lastDoubt() async throws -> Date?

    /// A connection whose row is older than the log says, if there is one: it was put back behind the gateway's back. Reads
    /// every entry.
    func connectionBehindLog() async throws -> ConnectionBehindLog?

    /// Reads every entry and makes the whole tree anew. A fault is an answer, and only a database that cannot be read throws.
    /// `report` is told now and then how many entries were read.
    func readAuditTree(
        rootsAt sizes: Set<Int64>, report: @escaping @Sendable (Int64) -> Void
    ) async throws -> AuditReading
}

extension AuditLogStore {
    package func readAuditTree(rootsAt sizes: Set<Int64>) async throws -> AuditReading {
        try await readAuditTree(rootsAt: sizes) { _ in }
    }
}

package struct AuditEntry: Sendable, Equatable {
    /// Starts at 1 and has no gaps.
    package let index: Int64
    package let event: AuditEvent

    package init(index: Int64, event: AuditEvent) {
        self.index = index
        self.event = event
    }
}

package struct AuditTreeHead: Sendable, Equatable {
    package let size: Int64
    package let root: [UInt8]

    package init(size: Int64, root: [UInt8]) {
        self.size = size
        self.root = root
    }
}

/// A row that went back in time (CR-17).
package struct ConnectionBehindLog: Sendable, Equatable {
    package let connection: ConnectionID
    package let generation: UInt64
    /// The newest generation that the log knows, and the entry that made it.
    package let logged: UInt64
    package let entry: Int64

    package init(connection: ConnectionID, generation: UInt64, logged: UInt64, entry: Int64) {
        self.connection = connection
        self.generation = generation
        self.logged = logged
        self.entry = entry
    }
}

/// What reading the whole log found.
package struct AuditReading: Sendable, Equatable {
    /// The first thing that is wrong; what comes behind it was not read.
    package var fault: AuditFault?
    /// How many entries were read, and their root as made anew.
    package var size: Int64
    package var root: [UInt8]
    /// The roots at the sizes asked for, as far as the log goes.
    package var roots: [Int64: [UInt8]]
    /// Entries more than a second older than one before them: the clock was set back.
    package var stepsBack: Int
    package var firstStepBack: Int64?
    /// The entries that introduce audit keys, with their subjects.
    package var introductions: [Int64: String]
    /// The entries that accept a restored database, with their subjects.
    package var acceptances: [Int64: String]

    package init(
        fault: AuditFault? = nil, size: Int64, root: [UInt8], roots: [Int64: [UInt8]], stepsBack: Int,
        firstStepBack: Int64?, introductions: [Int64: String], acceptances: [Int64: String] = [:]
    ) {
        self.acceptances = acceptances
        self.fault = fault
        self.size = size
        self.root = root
        self.roots = roots
        self.stepsBack = stepsBack
        self.firstStepBack = firstStepBack
        self.introductions = introductions
    }
}

/// What can be wrong with a log by itself. Indexes are those of entries.
package enum AuditFault: Sendable, Equatable {
    /// There is none with this index, though the tree has one.
    case missing(Int64)
    /// There is one that the tree does not have.
    case added(Int64)
    /// It is not the one that was hashed.
    case changed(Int64)
    /// One of these was replaced together with its hash.
    case replaced(ClosedRange<Int64>)
    /// The entries are sound as far as the kept hashes tell, but the tree's head is not theirs: one of these, the last ones,
    /// was replaced, or the head was.
    case head(ClosedRange<Int64>)

    /// Where to look first.
    package var firstIndex: Int64 {
        switch self {
        case .missing(let index), .added(let index), .changed(let index): index
        case .replaced(let range), .head(let range): range.lowerBound
        }
    }
}
