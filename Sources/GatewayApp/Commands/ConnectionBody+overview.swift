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
        /// The first of them.
        let held_by: [Holder]
        let oldest_at: String?
        let last_ends_at: String?

        struct Holder: Encodable {
            let id: String
            let name: String?
        }
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
            held_by: overview.leases.heldBy.map { Leases.Holder(id: $0.id, name: $0.name) },
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
            """ + heldBy
    }

    /// A token may be wanted back before it ends: from these.
    private var heldBy: String {
        guard let leases, !leases.held_by.isEmpty else { return "" }
        let names = leases.held_by.map { holder in
            holder.name.map { "\(LogText.escaped($0)) (\(holder.id))" } ?? holder.id
        }
        let others = leases.holders > names.count ? " and \(leases.holders - names.count) more" : ""
        return "\nHeld by        " + names.joined(separator: ", ") + others
    }
}
