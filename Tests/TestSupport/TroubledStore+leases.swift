package import FoundationEssentials
package import GatewayCore
package import Storage

extension TroubledStore {
    package func insertLease(_ lease: TokenLease, audit: AuditEvent) async throws {
        try await meet(.insertLease)
        try await inner.insertLease(lease, audit: audit)
    }

    package func lease(_ id: LeaseID) async throws -> TokenLease? { try await inner.lease(id) }

    package func releaseLease(_ id: LeaseID, at: Date, audit: AuditEvent) async throws -> Bool {
        try await inner.releaseLease(id, at: at, audit: audit)
    }

    package func openLeases(of connection: ConnectionID, at: Date) async throws -> [TokenLease] {
        try await inner.openLeases(of: connection, at: at)
    }

    package func openLeaseSummary(of connection: ConnectionID, at: Date) async throws -> LeaseSummary {
        try await inner.openLeaseSummary(of: connection, at: at)
    }

    package func sweepLeases(endedBefore now: Date) async throws { try await inner.sweepLeases(endedBefore: now) }
}
