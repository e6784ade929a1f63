package import FoundationEssentials
package import GatewayCore

package protocol SealedRowStore: Sendable {
    /// Rows behind `row` in the order of their ids, those under `keyID` left out; pass nil to get every row.
    func sealedRows(
        of table: SealedTable, notUnder keyID: String?, after row: String, limit: Int
    ) async throws -> [SealedRow]

    /// How many rows stand under which key, table by table.
    func sealedRowCounts() async throws -> [SealedTable: [String: Int]]

    /// Opens a run, or takes over the open one of the same target once its holder is gone, with the entry either way; an open
    /// run of another target is abandoned, for what it did not reach the new one will. Throws `busy` while somebody holds it,
    /// and when it was paused: whoever let it rest lets it go on.
    func beginReseal(_ start: ResealStart, audit: AuditEvent) async throws -> ResealRun

    /// Puts the rows in the place of those that still have the generation and the key they were read with, moves the cursor,
    /// and takes seals of the target ahead, in one transaction. Throws `conflict` when the run is no longer this holder's, or
    /// the target may not seal as much.
    func advanceReseal(_ step: ResealStep) async throws -> ResealRun

    /// Lets go of a run that is not finished, so that the next one need not wait for the hold to run out.
    func releaseReseal(_ id: Int64, holder: String, at: Date) async throws

    func finishReseal(_ id: Int64, holder: String, at: Date, audit: AuditEvent) async throws -> ResealRun

    /// Pauses, resumes or throttles the open run. Nil when there is none.
    func steerReseal(_ steering: ResealSteering, at: Date, audit: AuditEvent?) async throws -> ResealRun?

    /// The open run, or else the last one.
    func latestReseal() async throws -> ResealRun?

    /// Connections whose row has a lower generation than the audit log says it once had: the row was rolled back (CR-17).
    func rolledBackConnections() async throws -> [ConnectionID]

    /// The newest entries of proofs that nothing needs a former key, newest first.
    func rotationProofs(limit: Int) async throws -> [AuditEntry]

    /// Empties the write-ahead log, so that no frame of an erased or replaced row stays in it. False when a reader
    /// elsewhere kept it from that.
    func purgeRemnants() async throws -> Bool

    /// Whether something was erased, by whichever process, that may still stand in the write-ahead log: a key that was
    /// destroyed or wrapped anew, tokens of an ended connection, a receiver's secret. It stays so until a purge succeeds,
    /// however often processes are killed in between.
    func hasRemnants() async throws -> Bool
}

/// Every table with sealed columns. Whatever seals under a data key is listed here, so that no rotation forgets it.
package enum SealedTable: String, Sendable, CaseIterable {
    case credentials = "credentials"
    case pendingAuthorizations = "pending_authorizations"
    case pendingRevocations = "pending_revocations"
    case webhookEndpoints = "webhook_endpoints"

    /// How many records a row has at most.
    package var columns: Int { self == .credentials ? 2 : 1 }
}

/// One row of a sealed table with all that its records are bound to.
package struct SealedRow: Sendable, Equatable {
    package let table: SealedTable
    package let row: String
    package let tenant: TenantID
    package let organization: String
    package let generation: UInt64
    /// Sealed columns by the name their sealing context has; empty ones left out.
    package let columns: [String: [UInt8]]
    package let keyID: String

    package init(
        table: SealedTable, row: String, tenant: TenantID, organization: String, generation: UInt64,
        columns: [String: [UInt8]], keyID: String
    ) {
        self.table = table
        self.row = row
        self.tenant = tenant
        self.organization = organization
        self.generation = generation
        self.columns = columns
        self.keyID = keyID
    }
}

/// A row with its columns sealed anew.
package struct ResealedRow: Sendable, Equatable {
    package let former: SealedRow
    package let columns: [String: [UInt8]]
    package let keyID: String

    package init(former: SealedRow, columns: [String: [UInt8]], keyID: String) {
        self.former = former
        self.columns = columns
        self.keyID = keyID
    }
}

/// One pass over all sealed rows towards one key, with the place it has reached.
package struct ResealRun: Sendable, Equatable {
    package enum State: String, Sendable { case running, paused, completed, abandoned }

    package let id: Int64
    package let target: String
    package let state: State
    /// Where the next batch begins.
    package let table: SealedTable?
    package let rowAfter: String
    /// Rows that were not under the target when it began.
    package let total: Int
    package let done: Int
    /// Rows that somebody else replaced in between, so that nothing was left to do.
    package let overtaken: Int
    /// Rows that no key opens, which were left as they are.
    package let unreadable: Int
    package let rowsPerSecond: Int?
    /// Whether a running service takes it up when its holder is gone.
    package let isBackground: Bool
    package let holder: String
    package let heldUntil: Date
    package let startedAt: Date
    package let updatedAt: Date
    package let completedAt: Date?

    package init(
        id: Int64, target: String, state: State, table: SealedTable?, rowAfter: String, total: Int, done: Int,
        overtaken: Int, unreadable: Int = 0, rowsPerSecond: Int?, isBackground: Bool, holder: String, heldUntil: Date,
        startedAt: Date,
        updatedAt: Date, completedAt: Date?
    ) {
        self.isBackground = isBackground
        self.id = id
        self.target = target
        self.state = state
        self.table = table
        self.rowAfter = rowAfter
        self.total = total
        self.done = done
        self.overtaken = overtaken
        self.unreadable = unreadable
        self.rowsPerSecond = rowsPerSecond
        self.holder = holder
        self.heldUntil = heldUntil
        self.startedAt = startedAt
        self.updatedAt = updatedAt
        self.completedAt = completedAt
    }
}

extension ResealRun {
    /// Neither completed nor abandoned.
    package var isOpen: Bool { state == .running || state == .paused }

    /// Whether somebody works on it. `until` is the longest that anybody could hold it from now on: who says longer wrote
    /// before the clock was set back, and must not keep everybody out until then (CR-23).
    package func isHeld(at now: Date, until: Date) -> Bool {
        heldUntil > now && heldUntil <= until.addingTimeInterval(1)
    }
}

package struct ResealStart: Sendable {
    package let target: String
    package let holder: String
    package let rowsPerSecond: Int?
    package let isBackground: Bool
    package let at: Date
    /// A holder that was not heard of until then is gone. One that says it holds for longer wrote by another clock.
    package let heldUntil: Date

    package init(
        target: String, holder: String, rowsPerSecond: Int?, isBackground: Bool = false, at: Date, heldUntil: Date
    ) {
        self.isBackground = isBackground
        self.target = target
        self.holder = holder
        self.rowsPerSecond = rowsPerSecond
        self.at = at
        self.heldUntil = heldUntil
    }
}

package struct ResealStep: Sendable {
    package let run: Int64
    package let holder: String
    package let rows: [ResealedRow]
    /// Rows of the batch that no key opens.
    package let unreadable: Int
    /// Where the next batch begins.
    package let table: SealedTable
    package let rowAfter: String
    /// Seals taken for batches to come, as `reserveSeals` does.
    package let reserving: Int64
    package let at: Date
    package let heldUntil: Date

    package init(
        run: Int64, holder: String, rows: [ResealedRow], unreadable: Int = 0, table: SealedTable, rowAfter: String,
        reserving: Int64 = 0, at: Date, heldUntil: Date
    ) {
        self.unreadable = unreadable
        self.reserving = reserving
        self.run = run
        self.holder = holder
        self.rows = rows
        self.table = table
        self.rowAfter = rowAfter
        self.at = at
        self.heldUntil = heldUntil
    }
}

package enum ResealSteering: Sendable, Equatable {
    case pause
    case resume
    /// Nil: as fast as it goes.
    case throttle(rowsPerSecond: Int?)
    /// Ends the run where it is. Rows it reached stay under the target, which stays readable.
    case abandon
}
