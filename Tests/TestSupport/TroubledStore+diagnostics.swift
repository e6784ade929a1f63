package import FoundationEssentials
package import GatewayCore
package import Storage

extension TroubledStore {
    package func recordPreflight(
        _ report: StoredPreflightReport, meaning: PreflightMeaning?, audit: [AuditEvent]
    ) async throws {
        try await meet(.recordPreflight)
        try await inner.recordPreflight(report, meaning: meaning, audit: audit)
    }

    package func latestPreflight(of id: ConnectionID) async throws -> StoredPreflightReport? {
        try await inner.latestPreflight(of: id)
    }

    package func preflight(
        _ id: PreflightReportID, of connection: ConnectionID
    ) async throws -> StoredPreflightReport? {
        try await inner.preflight(id, of: connection)
    }

    package func preflightHistory(
        of connection: ConnectionID, before: Int64?, limit: Int
    ) async throws -> [PreflightStretch] {
        try await inner.preflightHistory(of: connection, before: before, limit: limit)
    }

    package func forgetPreflights(endedBefore: Date, limit: Int) async throws -> Int {
        try await inner.forgetPreflights(endedBefore: endedBefore, limit: limit)
    }

    package func claimDuePreflights(at: Date, until: Date, limit: Int) async throws -> [ConnectionID] {
        try await inner.claimDuePreflights(at: at, until: until, limit: limit)
    }

    package func planPreflight(of connection: ConnectionID, due: Date) async throws {
        try await inner.planPreflight(of: connection, due: due)
    }

    package func duePreflightCount(at: Date) async throws -> Int { try await inner.duePreflightCount(at: at) }

    package func preflightVerdictCounts() async throws -> [Verdict: Int] { try await inner.preflightVerdictCounts() }

    package func insertDiagnosticsLink(
        _ link: DiagnosticsLink, digest: [UInt8], limit: Int, audit: AuditEvent
    ) async throws {
        try await inner.insertDiagnosticsLink(link, digest: digest, limit: limit, audit: audit)
    }

    package func diagnosticsLink(digest: [UInt8], at: Date) async throws -> DiagnosticsLink? {
        try await inner.diagnosticsLink(digest: digest, at: at)
    }

    package func noteDiagnosticsLinkOpened(_ id: DiagnosticsLinkID, at: Date, audit: AuditEvent) async throws {
        try await inner.noteDiagnosticsLinkOpened(id, at: at, audit: audit)
    }

    package func diagnosticsLinks(of connection: ConnectionID, at: Date) async throws -> [DiagnosticsLink] {
        try await inner.diagnosticsLinks(of: connection, at: at)
    }

    package func revokeDiagnosticsLink(
        _ id: DiagnosticsLinkID, of connection: ConnectionID, at: Date, audit: AuditEvent
    ) async throws -> Bool {
        try await inner.revokeDiagnosticsLink(id, of: connection, at: at, audit: audit)
    }

    package func sweepDiagnosticsLinks(now: Date) async throws { try await inner.sweepDiagnosticsLinks(now: now) }
}
