import FoundationEssentials
package import GatewayCore
package import Preflight
package import Storage
import TokenVault
import Zendesk

/// Runs preflight for a kept connection and decides whether it may be handed to sync.
package struct Diagnostics: Sendable {
    /// How old findings may be that a run of one check builds on.
    static let freshness: TimeInterval = 60 * 60

    let store: any GatewayStore
    let credentials: CredentialVault
    let transport: any HTTPTransport
    let renewal: any TokenRenewal
    let preflight: PreflightSettings
    let clock: any WallClock
    let random: any RandomSource
    let runner: PreflightRunner
    let metrics: Metrics

    package init(
        store: any GatewayStore, credentials: CredentialVault, transport: any HTTPTransport,
        renewal: any TokenRenewal, preflight: PreflightSettings, clock: any WallClock, random: any RandomSource,
        runner: PreflightRunner = PreflightRunner(), metrics: Metrics = Metrics()
    ) {
        self.store = store
        self.credentials = credentials
        self.transport = transport
        self.renewal = renewal
        self.preflight = preflight
        self.clock = clock
        self.random = random
        self.runner = runner
        self.metrics = metrics
    }

    /// Runs every check and keeps the report. Nothing is handed to sync unless it passes.
    ///
    /// `only` runs that check with what it needs and takes the other findings from the last report; when that is older
    /// than `freshness`, or there is none, every check runs. `onFinding` hears of each finding as soon as it is there.
    package func run(
        _ connection: Connection, only code: CheckCode? = nil, actor: AuditActor,
        onFinding: @Sendable (CheckedFinding) -> Void = { _ in }
    ) async throws -> PreflightReport {
        // Whoever asks may look at a page from before a reconnect or a hand-over.
        let connection = try await store.connection(connection.id) ?? connection
        let first = try await examine(connection, only: code, onFinding)
        // Who renews tokens decides whether the grant is gone, once for each generation; a token that only died early, or
        // was renewed during the run, is replaced, and then the new one is what the report is about.
        guard let dead = first.deadToken, let newer = try await renewal.replacement(for: dead) else {
            try await keep(first, of: connection, actor: actor)
            return first.report
        }
        let second = try await examine(newer.connection, only: code, onFinding)
        try await keep(second, of: newer.connection, actor: actor)
        return second.report
    }

    /// Which checks such a run begins with; what those hold back may come on top.
    package func codes(only code: CheckCode?) -> [CheckCode] {
        let wanted = code.map { runner.closure(of: $0) }
        return runner.checks.map(\.code).filter { wanted?.contains($0) ?? true }
    }

    package func latest(of id: ConnectionID) async throws -> PreflightReport? {
        guard let stored = try await store.latestPreflight(of: id) else { return nil }
        return try PreflightReport(json: stored.json)
    }

    /// What a run may ask with the connection's token, and that token.
    func question(of connection: Connection) async throws -> (context: PreflightContext, token: LiveToken) {
        guard let credential = try await store.credential(of: connection.id) else {
            throw DiagnosticsRefusal.noCredential
        }
        let token = try credentials.openAccessToken(credential, place: connection.place)
        let organization = try OrganizationURL(subdomain: connection.subdomain, policy: preflight.zendesk.policy)
        let context = preflight.context(
            of: organization, transport: transport, clock: clock, random: random,
            connected: ConnectedFacts(
                permissionLevel: connection.permissionLevel, grantedScopes: connection.grantedScopes,
                accessTokenExpiresAt: connection.accessTokenExpiresAt,
                refreshTokenExpiresAt: connection.refreshTokenExpiresAt,
                hasRefreshToken: credential.refreshToken != nil,
                client: ZendeskClient(organization: organization, transport: transport, accessToken: token)))
        return (context, LiveToken(connection: connection, token: token))
    }

    struct Examination {
        let report: PreflightReport
        /// Which account answered; nil where that is on record already, or was not told.
        let account: String?
        /// What Zendesk called dead.
        let deadToken: LiveToken?
    }

    private func examine(
        _ connection: Connection, only code: CheckCode?, _ onFinding: @Sendable (CheckedFinding) -> Void
    ) async throws -> Examination {
        let (context, token) = try await question(of: connection)
        let report = try await report(in: context, of: connection, only: code, onFinding)
        return Examination(
            report: report, account: await account(of: connection, report, context),
            deadToken: report.namesDeadToken ? token : nil)
    }

    /// For a connection that was kept without it. Its token lives in the account that gave it and in no other, so that a
    /// stranger behind the same address cannot answer.
    private func account(
        of connection: Connection, _ report: PreflightReport, _ context: PreflightContext
    ) async -> String? {
        guard connection.accountFingerprint == nil, !report.isOutage, !report.namesDeadToken,
            let client = context.connected?.client
        else { return nil }
        return await AccountFingerprint.ask(client).text
    }

    private func report(
        in context: PreflightContext, of connection: Connection, only code: CheckCode?,
        _ onFinding: @Sendable (CheckedFinding) -> Void
    ) async throws -> PreflightReport {
        let id = PreflightReportID(random: random)
        if let code, let earlier = try await latest(of: connection.id), isFresh(earlier) {
            return await runner.run(
                id, only: code, in: context, connection: connection.id, earlier: earlier, onFinding: onFinding)
        }
        return await runner.run(id, in: context, connection: connection.id, onFinding: onFinding)
    }

    /// Every finding of the report counts, also those it took from the report before.
    private func isFresh(_ report: PreflightReport) -> Bool {
        let dates = [report.started_at] + report.checks.compactMap(\.checked_at)
        return dates.allSatisfy { text in
            guard let date = try? Date(text, strategy: .iso8601) else { return false }
            return clock.now.timeIntervalSince(date) < Self.freshness
        }
    }
}

package enum DiagnosticsRefusal: Explained {
    case noCredential

    package var explanation: Explanation {
        Explanation(
            code: "connection.no_credential", message: "This connection has no tokens any more.",
            remedy: "Connect the organization again.")
    }
}
