import FoundationEssentials
package import GatewayCore
package import Preflight
package import Storage
import TokenVault
import Zendesk

/// Runs preflight for a kept connection and decides whether it may be handed to sync.
package struct Diagnostics: Sendable {
    let store: any GatewayStore
    let credentials: CredentialVault
    let transport: any HTTPTransport
    let renewal: any TokenRenewal
    let preflight: PreflightSettings
    let clock: any WallClock
    let random: any RandomSource
    let runner: PreflightRunner

    package init(
        store: any GatewayStore, credentials: CredentialVault, transport: any HTTPTransport,
        renewal: any TokenRenewal, preflight: PreflightSettings, clock: any WallClock, random: any RandomSource,
        runner: PreflightRunner = PreflightRunner()
    ) {
        self.store = store
        self.credentials = credentials
        self.transport = transport
        self.renewal = renewal
        self.preflight = preflight
        self.clock = clock
        self.random = random
        self.runner = runner
    }

    /// Runs every check and keeps the report. Nothing is handed to sync unless it passes.
    package func run(_ connection: Connection, actor: AuditActor) async throws -> PreflightReport {
        // Whoever asks may look at a page from before a reconnect or a hand-over.
        let connection = try await store.connection(connection.id) ?? connection
        let first = try await examine(connection)
        // Who renews tokens decides whether the grant is gone, once for each generation; a token that only died early is
        // replaced, and then the new one is what the report is about.
        guard let dead = first.deadToken, let newer = try await renewal.replacement(for: dead) else {
            try await keep(first.report, id: first.id, of: connection, actor: actor)
            return first.report
        }
        let second = try await examine(newer.connection)
        try await keep(second.report, id: second.id, of: newer.connection, actor: actor)
        return second.report
    }

    private struct Examination {
        let id: PreflightReportID
        let report: PreflightReport
        /// What Zendesk called dead.
        let deadToken: LiveToken?
    }

    private func examine(_ connection: Connection) async throws -> Examination {
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
        let id = PreflightReportID(random: random)
        let report = await runner.run(id, in: context, connection: connection.id)
        return Examination(
            id: id, report: report,
            deadToken: await context.sawDeadToken ? LiveToken(connection: connection, token: token) : nil)
    }

    package func latest(of id: ConnectionID) async throws -> PreflightReport? {
        guard let stored = try await store.latestPreflight(of: id) else { return nil }
        return try PreflightReport(json: stored.json)
    }

    private func keep(
        _ report: PreflightReport, id: PreflightReportID, of connection: Connection, actor: AuditActor
    ) async throws {
        guard let summary = report.summary else { throw StorageError.damaged }
        let passed = summary.verdict != .fail
        let handsOver = passed && connection.sync.state == .waitingForPreflight
        let sync: SyncProgress =
            passed
            ? (handsOver
                ? SyncProgress(state: .notStarted, lastCompletedAt: connection.sync.lastCompletedAt) : connection.sync)
            : SyncProgress(state: .waitingForPreflight, lastCompletedAt: connection.sync.lastCompletedAt)
        var events = [event(.preflightRun, passed ? .succeeded : .failed(code: "preflight.fail"), connection, actor)]
        if let change = change(of: report, to: summary.verdict, of: connection, actor) { events.append(change) }
        if handsOver { events.append(event(.handedToSync, .succeeded, connection, actor)) }
        try await store.recordPreflight(
            StoredPreflightReport(
                id: id, connection: connection.id, verdict: summary.verdict, checkedAt: summary.checkedAt,
                json: try report.json()),
            sync: sync, audit: events)
    }

    /// Nil while the verdict is what it was. The first one of a token set is news only when it fails.
    private func change(
        of report: PreflightReport, to verdict: Verdict, of connection: Connection, _ actor: AuditActor
    ) -> AuditEvent? {
        let before = connection.preflight?.verdict
        guard verdict != before, before != nil || verdict == .fail else { return nil }
        let firstFailure = report.checks.first { $0.status == .fail }?.code ?? "preflight.fail"
        return event(
            .preflightVerdictChanged, verdict == .fail ? .failed(code: firstFailure) : .succeeded, connection, actor,
            subject: verdict.rawValue)
    }

    private func event(
        _ action: AuditAction, _ outcome: AuditOutcome, _ connection: Connection, _ actor: AuditActor,
        subject: String? = nil
    ) -> AuditEvent {
        AuditEvent(
            at: clock.now, actor: actor, action: action, outcome: outcome, tenant: connection.tenant,
            connection: connection.id, subject: subject ?? connection.subdomain, generation: connection.generation)
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
