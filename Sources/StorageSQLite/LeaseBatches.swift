import GRDB
import GatewayCore
import Storage
import Synchronization

/// Writes the leases that come at about the same time together: one look at the audit tree's head and one change of it,
/// however many there are. The one hot path that writes.
final class LeaseBatches: Sendable {
    private struct Waiting {
        let lease: TokenLease
        let audit: AuditEvent
        let continuation: CheckedContinuation<Void, any Error>
    }

    private let groups: GroupCommit
    private let waiting = Mutex<[Waiting]>([])

    init(groups: GroupCommit) { self.groups = groups }

    /// Returns once lease and entry are durable. Throws `conflict` for a generation that is no more.
    func insert(_ lease: TokenLease, audit: AuditEvent) async throws {
        try await withCheckedThrowingContinuation { continuation in
            let isFirst = waiting.withLock { waiting in
                waiting.append(Waiting(lease: lease, audit: audit, continuation: continuation))
                return waiting.count == 1
            }
            // A task of its own: the first caller's cancellation must not take the others' work along.
            if isFirst { Task { await writeWaiting() } }
        }
    }

    /// Whoever comes until the transaction begins is taken along.
    private func writeWaiting() async {
        let batch = Mutex<[Waiting]?>(nil)
        do {
            let outdated = try await groups.run { [self] database in
                let taken = takeWaiting()
                batch.withLock { $0 = taken }
                return try database.insert(taken.map { ($0.lease, $0.audit) })
            }
            resume(batch.withLock { $0 } ?? [], outdated)
        } catch {
            let members = batch.withLock { $0 } ?? takeWaiting()
            guard members.count > 1 else { return fail(members, error) }
            // One of them may be at fault, and must spoil none of the others.
            for member in members { await writeAlone(member) }
        }
    }

    private func writeAlone(_ member: Waiting) async {
        do {
            resume([member], try await groups.run { try $0.insert([(member.lease, member.audit)]) })
        } catch {
            fail([member], error)
        }
    }

    private func resume(_ members: [Waiting], _ outdated: Set<Int>) {
        for (index, member) in members.enumerated() {
            member.continuation.resume(
                with: outdated.contains(index) ? .failure(StorageError.conflict) : .success(()))
        }
    }

    private func fail(_ members: [Waiting], _ error: any Error) {
        for member in members { member.continuation.resume(throwing: error) }
    }

    private func takeWaiting() -> [Waiting] {
        waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
    }
}

extension Database {
    /// The places of those whose connection has no such generation any more; nothing is written of them.
    fileprivate func insert(_ leases: [(TokenLease, AuditEvent)]) throws -> Set<Int> {
        var outdated: Set<Int> = []
        let statement = try cachedStatement(
            sql: """
                INSERT INTO token_leases (id, connection_id, generation, holder, created_at, expires_at)
                SELECT ?1, id, generation, ?4, ?5, ?6 FROM connections
                WHERE id = ?2 AND generation = ?3 AND status <> 'disconnected'
                """)
        var events: [AuditEvent] = []
        for (index, (lease, audit)) in leases.enumerated() {
            try statement.execute(
                arguments: [
                    lease.id.text, lease.connection.text, lease.generation.stored, lease.holder,
                    lease.createdAt.milliseconds, lease.expiresAt.milliseconds,
                ])
            if changesCount == 1 { events.append(audit) } else { outdated.insert(index) }
        }
        try append(events)
        return outdated
    }
}
