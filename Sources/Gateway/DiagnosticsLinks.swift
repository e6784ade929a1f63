package import FoundationEssentials
package import GatewayCore
package import Storage

/// Links that an engineer hands to a customer's admin: whoever has one sees that one connection's findings and may run its
/// checks, for a day, and nothing else.
///
/// It opens more than once, because mail scanners open links before people do; what it opens is no secret of ours, and it
/// can be taken back.
package struct DiagnosticsLinks: Sendable {
    package static let lifetime: TimeInterval = 24 * 60 * 60
    package static let maximumLive = 5

    let store: any GatewayStore
    let clock: any WallClock
    let random: any RandomSource

    package init(store: any GatewayStore, clock: any WallClock, random: any RandomSource) {
        self.store = store
        self.clock = clock
        self.random = random
    }

    package func create(
        for connection: Connection, actor: AuditActor
    ) async throws -> (link: DiagnosticsLink, token: BearerToken) {
        let token = BearerToken(.diagnosticsLink, random: random)
        let now = clock.now
        let link = DiagnosticsLink(
            id: DiagnosticsLinkID(random: random), tenant: connection.tenant, connection: connection.id,
            createdAt: now, expiresAt: now.addingTimeInterval(Self.lifetime))
        do {
            try await store.insertDiagnosticsLink(
                link, digest: token.digest, limit: Self.maximumLive,
                audit: event(.diagnosticsLinkCreated, link, actor))
        } catch StorageError.conflict {
            throw DiagnosticsLinkRefusal.tooMany
        }
        return (link, token)
    }

    /// Nil when the link is unknown, expired or taken back. The first time is written down.
    package func open(_ token: BearerToken) async throws -> DiagnosticsLink? {
        guard let link = try await find(token) else { return nil }
        if link.openedAt == nil {
            try await store.noteDiagnosticsLinkOpened(
                link.id, at: clock.now, audit: event(.diagnosticsLinkOpened, link, link.actor))
        }
        return link
    }

    package func find(_ token: BearerToken) async throws -> DiagnosticsLink? {
        try await store.diagnosticsLink(digest: token.digest, at: clock.now)
    }

    package func live(of connection: ConnectionID) async throws -> [DiagnosticsLink] {
        try await store.diagnosticsLinks(of: connection, at: clock.now)
    }

    /// False when there is no such live link.
    package func revoke(_ id: DiagnosticsLinkID, of connection: Connection, actor: AuditActor) async throws -> Bool {
        try await store.revokeDiagnosticsLink(
            id, of: connection.id, at: clock.now,
            audit: AuditEvent(
                at: clock.now, actor: actor, action: .diagnosticsLinkRevoked, tenant: connection.tenant,
                connection: connection.id, subject: id.text))
    }

    private func event(_ action: AuditAction, _ link: DiagnosticsLink, _ actor: AuditActor) -> AuditEvent {
        AuditEvent(
            at: clock.now, actor: actor, action: action, tenant: link.tenant, connection: link.connection,
            subject: link.id.text)
    }
}

extension DiagnosticsLink {
    /// Whoever came through it.
    package var actor: AuditActor { AuditActor(kind: .diagnosticsLink, id: id.text) }
}

package enum DiagnosticsLinkRefusal: Explained, Equatable {
    case tooMany

    package var explanation: Explanation {
        Explanation(
            code: "diagnostics_link.too_many",
            message: "This connection has \(DiagnosticsLinks.maximumLive) live links already, or has ended.",
            remedy: "Take one back, or use one of them.")
    }
}
