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
    let preflight: PreflightSettings
    let clock: any WallClock
    let random: any RandomSource
    let runner: PreflightRunner

    package init(
        store: any GatewayStore, credentials: CredentialVault, transport: any HTTPTransport,
        preflight: PreflightSettings, clock: any WallClock, random: any RandomSource,
        runner: PreflightRunner = PreflightRunner()
    ) {
        self.store = store
        self.credentials = credentials
        self.transport = transport
        self.preflight = preflight
        self.clock = clock
        self.random = random
        self.runner = runner
    }

    /// Runs every check and keeps the report. Nothing is handed to sync unless it passes.
    package func run(_ connection: Connection, actor: AuditActor) async throws -> PreflightReport {
        // Whoever asks may look at a page from before a reconnect or a hand-over.
        let connection = try await store.connection(connection.id) ?? connection
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
        try await keep(report, id: id, of: connection, actor: actor)
        if await context.sawDeadToken { try await markDead(connection) }
        return report
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
        if handsOver { events.append(event(.handedToSync, .succeeded, connection, actor)) }
        try await store.recordPreflight(
            StoredPreflightReport(
                id: id, connection: connection.id, verdict: summary.verdict, checkedAt: summary.checkedAt,
                json: try report.json()),
            sync: sync, audit: events)
    }

    private func markDead(_ connection: Connection) async throws {
        try await store.setStatus(
            .needsReauthorization, reason: "token.rejected", of: connection.id, generation: connection.generation,
            at: clock.now, audit: event(.connectionNeedsReauthorization, .succeeded, connection, .system))
    }

    private func event(
        _ action: AuditAction, _ outcome: AuditOutcome, _ connection: Connection, _ actor: AuditActor
    ) -> AuditEvent {
        AuditEvent(
            at: clock.now, actor: actor, action: action, outcome: outcome, tenant: connection.tenant,
            connection: connection.id, subject: connection.subdomain, generation: connection.generation)
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
