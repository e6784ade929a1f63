import FoundationEssentials
import Gateway
import GatewayCore
import Storage

extension AccessNote {
    /// `namesHolders` shows which API keys hold access: the product's own affair, and none of an organization's people.
    init(_ overview: ConnectionOverview, now: Date, namesHolders: Bool) {
        let leases = overview.leases
        self.init(
            lastsUntil: PageMoment(overview.horizon, now: now), isRenewable: overview.isRenewable,
            lastRenewal: overview.lastRefresh.map { RenewalNote($0, now: now) },
            nextRenewal: PageMoment(overview.nextRefreshAt.map { max($0, now) }, now: now),
            isBeingPlanned: overview.isBeingPlanned,
            inUse: UseNote(
                handOuts: leases.count, programs: leases.holders,
                since: leases.oldest.map { PageMoment($0, now: now).distance }, most: LeaseSummary.most),
            engineering: Self.engineering(overview, namesHolders))
    }

    private static func engineering(_ overview: ConnectionOverview, _ namesHolders: Bool) -> [EvidenceRow] {
        let connection = overview.connection
        let journal = overview.lastRefresh
        let rows: [(String, String?)] = [
            ("Connection", connection.id.text),
            (
                "Status",
                [connection.status.rawValue, connection.statusReason].compactMap { $0 }.joined(separator: ", ")
            ),
            ("Generation", String(connection.generation)),
            ("Granted scopes", connection.grantedScopes.text),
            ("Access token ends", overview.isOver ? nil : Self.exact(connection.accessTokenExpiresAt) ?? unnamed),
            ("Refresh token ends", overview.isOver ? nil : Self.exact(connection.refreshTokenExpiresAt) ?? unnamed),
            ("Next refresh", overview.isBeingPlanned ? "being planned" : Self.exact(overview.nextRefreshAt)),
            ("Not before", Self.exact(overview.notBefore)),
            ("Failures in a row", overview.failures > 0 ? String(overview.failures) : nil),
            ("Last refresh", journal.map { Self.exact($0.endedAt ?? $0.begunAt) ?? "" }),
            ("Its class", journal.map(\.refreshClass)),
            ("Leases", overview.isOver ? nil : Self.leases(overview.leases)),
            ("Held by", overview.isOver || !namesHolders ? nil : Self.holders(overview.leases)),
        ]
        return rows.compactMap { term, fact in fact.map { EvidenceRow(term, $0) } } + overview.waiting.map(waiting)
    }

    private static let unnamed = "Zendesk named no end"

    private static func exact(_ date: Date?) -> String? { date?.formatted(.iso8601) }

    private static func leases(_ leases: LeaseSummary) -> String {
        guard let end = exact(leases.lastEnd) else { return "none open" }
        return "\(leases.count) open, \(leases.holders) API keys, the last ends \(end)"
    }

    private static func holders(_ leases: LeaseSummary) -> String? {
        guard !leases.heldBy.isEmpty else { return nil }
        let names = leases.heldBy.map { holder in holder.name.map { "\($0), \(holder.id)" } ?? holder.id }
        let others = leases.holders > names.count ? ["and \(leases.holders - names.count) more"] : []
        return (names + others).joined(separator: "; ")
    }

    private static func waiting(_ revocation: PendingRevocation) -> EvidenceRow {
        let code = revocation.lastCode.map { ", last answer \($0)" } ?? ""
        return EvidenceRow(
            "Waits to be revoked",
            "generation \(revocation.generation), \(revocation.attempts) attempts\(code), next "
                + (exact(revocation.nextAttemptAt) ?? ""))
    }
}

extension ConnectionOverview {
    fileprivate var isOver: Bool { connection.status == .disconnected }
}

extension RenewalNote {
    init(_ entry: RefreshEntry, now: Date) {
        self.init(RenewalOutcome(entry), at: PageMoment(entry.endedAt ?? entry.begunAt, now: now))
    }
}

extension RenewalOutcome {
    init(_ entry: RefreshEntry) {
        self =
            switch entry.phase {
            case .begun: .underWay
            case .inDoubt: .beingConfirmed
            case .confirming: .undecided
            case .committed: .renewed
            case .superseded: .replaced
            case .lost: entry.outcome == StatusReason.answerLost.rawValue ? .answerLost : .withdrawn
            case .notDone: RenewalOutcome(code: entry.outcome ?? "")
            }
    }

    /// What stood in the way of a renewal that did not happen: a code of the token endpoint's, or of the decision before it.
    init(code: String) {
        self =
            switch code {
            case "status.404", "status.410": .noAccount
            case "status.429", "status.503", "error.temporarily_unavailable",
                RefreshObstacle.backingOff.rawValue:
                .busy
            case "error.invalid_client", "error.unauthorized_client", RefreshObstacle.clientRefused.rawValue:
                .ownCredentials
            case "error.invalid_grant": .undecided
            case RefreshObstacle.inDoubt.rawValue, RefreshCode.interrupted: .beingConfirmed
            case RefreshCode.elsewhere: .underWay
            case let code where code.hasPrefix("transport."): .unreachable
            case let code where code.hasPrefix("malformed."): .beingConfirmed
            default: .otherwise
            }
    }
}

/// Why a connection's status is what it is, in words.
enum ConnectionReason {
    static func words(_ connection: Connection) -> String? {
        guard connection.status == .needsReauthorization else { return nil }
        return switch connection.statusReason.flatMap(StatusReason.init(rawValue:)) {
        case .refreshTokenMissing: "Zendesk had given it no way to renew itself, and its time was over."
        case .refreshTokenExpired: "It was not renewed before Zendesk let it end."
        case .answerLost: "Zendesk's answer to a renewal was lost on the way, and Zendesk does not repeat it."
        case .grantRejected:
            "Zendesk says that the access was withdrawn there, or that the person who connected lost their rights."
        case .olderThanLog, .inDoubt, .organizationUnreachable, nil: nil
        }
    }
}
