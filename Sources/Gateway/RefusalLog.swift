import FoundationEssentials
package import GatewayCore
package import Storage
import Synchronization

/// Writes down what was refused to whom (AUD-01): of the same caller, connection, call and reason one entry a minute. A
/// program that asks in a loop fills no log; how often it was refused in between stands in the next entry.
package final class RefusalLog: Sendable {
    static let interval: TimeInterval = 60
    /// Callers and connections are ours, so there are never so many at once by anybody's doing but our own.
    private static let maximum = 10_000

    private struct Kind: Hashable {
        let actor: AuditActor
        let action: AuditAction
        let outcome: AuditOutcome
        let connection: ConnectionID?
        let subject: String?

        init(_ event: AuditEvent) {
            actor = event.actor
            action = event.action
            outcome = event.outcome
            connection = event.connection
            subject = event.subject
        }
    }

    private struct Written {
        let at: Date
        var repeated = 0
    }

    private let store: any GatewayStore
    private let written = Mutex<[Kind: Written]>([:])

    package init(store: any GatewayStore) { self.store = store }

    /// Durable before it returns, unless the same was written a moment ago.
    package func record(_ event: AuditEvent) async throws {
        guard let repeated = begin(event) else { return }
        do {
            try await store.append([repeated > 0 ? event.afterRepetitions(repeated) : event])
        } catch {
            written.withLock { $0[Kind(event)] = nil }
            throw error
        }
    }

    /// How often it came since it was last written down; nil when that was less than a minute ago.
    private func begin(_ event: AuditEvent) -> Int? {
        let kind = Kind(event)
        return written.withLock { written in
            let last = written[kind]
            // A clock that was set back makes one entry more, never one less.
            if let last, (0..<Self.interval).contains(event.at.timeIntervalSince(last.at)) {
                written[kind]?.repeated += 1
                return nil
            }
            if written.count >= Self.maximum {
                written = written.filter { event.at.timeIntervalSince($0.value.at) < Self.interval }
            }
            if written.count >= Self.maximum { written.removeAll() }
            written[kind] = Written(at: event.at)
            return last?.repeated ?? 0
        }
    }
}

extension AuditEvent {
    fileprivate func afterRepetitions(_ count: Int) -> AuditEvent {
        AuditEvent(
            at: at, actor: actor, action: action, outcome: outcome, tenant: tenant, connection: connection,
            subject: [subject, "repeated=\(count)"].compactMap { $0 }.joined(separator: " "), generation: generation,
            keyID: keyID)
    }
}
