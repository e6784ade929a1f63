import FoundationEssentials
import Gateway
import GatewayCore
import Storage

// How a connection is kept alive and who uses it, as its page tells it.
extension ConnectionBody {
    struct Renewal: Encodable {
        let next_at: String?
        /// Nobody has set the date yet: the connection is new, or was authorized again just now.
        let being_planned: Bool
        /// Renewals in a row that did not work.
        let failures: Int
        let last: Last?

        struct Last: Encodable {
            let at: String
            /// `committed`, `not_done`, `lost`, `superseded`; or how far it is: `begun`, `in_doubt`, `confirming`.
            let `class`: String
            let outcome: String?
            let generation: UInt64
        }
    }

    struct Leases: Encodable {
        let open: Int
        let holders: Int
        let oldest_at: String?
        let last_ends_at: String?
    }

    mutating func add(_ overview: ConnectionOverview) {
        renewal = Renewal(
            next_at: overview.nextRefreshAt?.formatted(.iso8601), being_planned: overview.isBeingPlanned,
            failures: overview.failures,
            last: overview.lastRefresh.map { entry in
                Renewal.Last(
                    at: (entry.endedAt ?? entry.begunAt).formatted(.iso8601), class: entry.phase.rawValue,
                    outcome: entry.outcome, generation: entry.generation)
            })
        leases = Leases(
            open: overview.leases.count, holders: overview.leases.holders,
            oldest_at: overview.leases.oldest?.formatted(.iso8601),
            last_ends_at: overview.leases.lastEnd?.formatted(.iso8601))
    }

    /// `committed (renewed)`; nil when there was none.
    var refreshClass: String? {
        renewal?.last.map { last in last.class + (last.outcome.map { " (\($0))" } ?? "") }
    }

    var renewalLines: String {
        guard let renewal, let leases else { return "" }
        let last = renewal.last.map { "\($0.at), \(refreshClass ?? "")" } ?? "none yet"
        let failed = renewal.failures > 0 ? ", \(renewal.failures) failed in a row" : ""
        let oldest = leases.oldest_at.map { " of \(leases.holders) API keys, the oldest since \($0)" } ?? ""
        return """

            Last refresh   \(last)\(failed)
            Next refresh   \(renewal.next_at ?? (renewal.being_planned ? "being planned" : "not planned"))
            Leases         \(leases.open) open\(oldest)
            """
    }
}
