import FoundationEssentials
import Gateway
import GatewayCore
import OutboundHTTP
import Preflight
import Storage
import StorageSQLite
import Zendesk

/// What the opened database tells about itself, the keys, the clock and the work that should be going on.
struct DatabaseExamination {
    /// The write-ahead log is folded into the database long before; a reader that never ends holds that up.
    static let longLog: Int64 = 256 << 20
    /// Access tokens live two days at most.
    static let quiet: TimeInterval = 3 * 24 * 60 * 60

    static let lateCheck: TimeInterval = 12 * 60 * 60

    let store: SQLiteStore
    let source: SettingsSource
    let wallClock: any WallClock

    init(store: SQLiteStore, source: SettingsSource, clock: any WallClock) {
        self.store = store
        self.source = source
        wallClock = clock
    }

    func database() async -> Examination {
        let part = ExaminedPart.database
        do {
            let problems = try await store.quickCheckProblems()
            guard problems.isEmpty else {
                return part.fail(
                    "SQLite's check finds \(problems.count) faults in the database.",
                    "Stop the gateway and restore a backup.")
            }
            try await store.checkHealth()
        } catch {
            return failed(part, error)
        }
        let log = logBytes
        guard log <= Self.longLog else {
            return part.warn(
                "The database is sound, but its write-ahead log holds \(log / (1 << 20)) MiB.",
                "Look for a program that keeps the database open for reading, a backup for example, and end it.")
        }
        return part.pass("The database is sound and can be written; its write-ahead log holds \(log / 1024) KiB.")
    }

    /// Opens every data key with the root key. Makes none.
    func keyring(_ settings: Result<Settings, SettingsError>) async -> Examination {
        let part = ExaminedPart.keyring
        guard let settings = try? settings.get() else { return part.skipped(because: .settings) }
        do {
            let keys = try await store.dataKeys()
            guard !keys.isEmpty else {
                return part.warn("There is no data key yet.", "Start the gateway; it makes the first one.")
            }
            let rootKey = try await LiveRootKey(
                choosing: settings.rootKeys, from: settings.rootKey.source, store: store,
                lock: settings.database.rootKeyLock)
            _ = try await KeyringLoader(store: store, clock: wallClock).load(rootKey: rootKey.value)
            if let path = try await store.rootKeyInUse()?.leftBehind {
                return part.warn(
                    "The root key was moved, and the former one still lies in \(path).",
                    "Remove that file: nothing needs it but backups from before, for which its export is enough.")
            }
            if let behind = try await serviceBehind() {
                return part.warn(
                    "The running service \(behind) does not have the newest keys; no data key is promoted until it does.",
                    "If that stays so, restart it with the root key's new place; its log says what it cannot open.")
            }
            return part.pass("The root key opens the keyring with \(keys.count) data key\(keys.count == 1 ? "" : "s").")
        } catch {
            return failed(part, error)
        }
    }

    func clock() async -> Examination {
        let part = ExaminedPart.clock
        if let compared = await comparisonWithZendesk() {
            let words = "Our clock is \(compared.seconds) seconds \(compared.direction) Zendesk's."
            let remedy = "Set the clock and switch time synchronization on."
            return switch compared.standing {
            case .far: part.fail(words, remedy)
            case .apart: part.warn(words, remedy)
            case .agrees: part.pass("Our clock agrees with Zendesk's within a minute.")
            }
        }
        let now = wallClock.now
        if let last = try? await store.lastTime(), last.timeIntervalSince(now) > ClockComparison.tolerance {
            return part.fail(
                "Our clock shows a time before the newest audit entry, \(last.formatted(.iso8601)): it was set back.",
                "Set the clock and switch time synchronization on.")
        }
        return part.pass("The clock is not behind what was written last. There is no organization to compare it with.")
    }

    func renewals() async -> Examination {
        let part = ExaminedPart.renewals
        do {
            let overdue = try await overdueConnections()
            guard overdue == 0 else {
                return part.fail(
                    "\(overdue) active connection\(overdue == 1 ? " has" : "s have") an access token that ended more than "
                        + "an hour ago.",
                    "See whether latchkey serve runs, and what its log says; then latchkey connections list.")
            }
            guard let last = try await store.lastTime(of: .tokensRefreshed) else {
                return part.pass("No token was renewed yet, and none is overdue.")
            }
            return part.pass("The last token was renewed at \(last.formatted(.iso8601)), and none is overdue.")
        } catch {
            return failed(part, error)
        }
    }

    /// Whether the monitor gets to its connections.
    func checks() async -> Examination {
        let part = ExaminedPart.checks
        do {
            let late = try await store.duePreflightCount(at: wallClock.now.addingTimeInterval(-Self.lateCheck))
            guard late == 0 else {
                return part.warn(
                    "\(late) connection\(late == 1 ? " has" : "s have") waited for a check for more than half a day.",
                    "See whether latchkey serve runs, and what its log says.")
            }
            let failing = try await store.preflightVerdictCounts()[.fail] ?? 0
            return part.pass(
                "Every connection is checked in time; \(failing == 0 ? "none" : "\(failing)") "
                    + "\(failing > 1 ? "fail" : "fails").")
        } catch {
            return failed(part, error)
        }
    }

    func audit() async -> Examination {
        let part = ExaminedPart.audit
        do {
            guard let last = try await store.lastTime() else { return part.pass("Nothing has happened yet.") }
            let isQuiet = wallClock.now.timeIntervalSince(last) >= Self.quiet
            // Without a connection there is nothing to write down between a start and a stop.
            if isQuiet, try await hasActiveConnection() {
                return part.warn(
                    "Nothing was written since \(last.formatted(.iso8601)), not even by the gateway itself.",
                    "See whether latchkey serve runs.")
            }
            let witnesses = source.part { AuditSettings(reading: &$0) }?.witnesses ?? []
            let standing = try await AuditStanding.of(store, witnesses: witnesses)
            if let doubt = standing.explanation { return part.fail(doubt.message, doubt.remedy) }
            let kept =
                witnesses.isEmpty
                ? "Its checkpoints are kept nowhere else, so nobody would notice that the database went back in time."
                : standing == .sound
                    ? "It agrees with the newest checkpoint kept elsewhere."
                    : "No checkpoint elsewhere to compare with."
            return part.pass("The newest entry is of \(last.formatted(.iso8601)). \(kept)")
        } catch {
            return failed(part, error)
        }
    }

    private func failed(_ part: ExaminedPart, _ error: any Error) -> Examination {
        let explanation = CommandFailure(error).explanation
        return part.fail(explanation.message, explanation.remedy)
    }

    /// One that holds an older keyring, or wraps with a root key that the database does not need any more.
    private func serviceBehind() async throws -> String? {
        let (version, wanted) = (try await store.keyringVersion(), try await store.rootKeyInUse()?.checkValue)
        return try await store.nodes(seenSince: wallClock.now.addingTimeInterval(-KeyRotation.silence))
            .first { $0.keyringVersion < version || ($0.rootKey ?? wanted) != wanted }?.id
    }

    private var logBytes: Int64 {
        source.part { DatabaseSettings(reading: &$0) }.map { FilesExamination.size(of: $0.path + "-wal") } ?? 0
    }

    private func hasActiveConnection() async throws -> Bool {
        try await !store.connections(matching: ConnectionQuery(status: .active, pageSize: 1)).connections.isEmpty
    }

    private func overdueConnections() async throws -> Int {
        let limit = wallClock.now.addingTimeInterval(-3600)
        return try await store.everyConnection(matching: ConnectionQuery(status: .active))
            .count { $0.accessTokenExpiresAt.map { $0 < limit } ?? false }
    }

    /// By the answer of an organization we are connected to. Nil when there is none or it does not answer.
    private func comparisonWithZendesk() async -> ClockComparison? {
        guard let zendesk = source.part({ ZendeskDomainSettings(reading: &$0) }),
            let connection = try? await store.connections(matching: ConnectionQuery(status: .active, pageSize: 1))
                .connections.first,
            let organization = try? OrganizationURL(subdomain: connection.subdomain, policy: zendesk.policy)
        else { return nil }
        let transport = OrganizationTransport(caFile: zendesk.caFile)
        let answer = await ZendeskVisitor(organization: organization, transport: transport).publicLocales()
        let now = wallClock.now
        await transport.shutdown()
        return answer.evidence?.date.flatMap(HTTPDate.parse).map { ClockComparison(ours: now, theirs: $0) }
    }
}
