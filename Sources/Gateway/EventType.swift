package import GatewayCore

/// What receivers are told about: a closed list, derived from the audit log and from nothing else.
package enum EventType: String, Sendable, CaseIterable {
    case connected = "connection.connected"
    /// Preflight passed: this is where sync begins.
    case readyForSync = "connection.ready_for_sync"
    case preflightFailing = "preflight.failing"
    /// The verdict became another one, and not a failing one.
    case verdictChanged = "preflight.verdict_changed"
    case refreshed = "connection.refreshed"
    case inDoubt = "connection.in_doubt"
    case recovered = "connection.recovered"
    case needsReauthorization = "connection.needs_reauthorization"
    case expiringSoon = "connection.expiring_soon"
    case disconnected = "connection.disconnected"
    case keyRotated = "key.rotated"

    /// Nil for what concerns nobody outside.
    package init?(_ event: AuditEvent) {
        switch (event.action, event.outcome) {
        case (.connectionCreated, .succeeded), (.connectionReauthorized, .succeeded): self = .connected
        case (.handedToSync, .succeeded): self = .readyForSync
        case (.preflightVerdictChanged, .failed): self = .preflightFailing
        case (.preflightVerdictChanged, _): self = .verdictChanged
        case (.tokensRefreshed, .succeeded): self = .refreshed
        case (.connectionInDoubt, _): self = .inDoubt
        case (.connectionRecovered, _): self = .recovered
        case (.connectionNeedsReauthorization, _): self = .needsReauthorization
        case (.connectionExpiringSoon, _): self = .expiringSoon
        case (.connectionDisconnected, _): self = .disconnected
        case (.dataKeyPromoted, .succeeded): self = .keyRotated
        default: return nil
        }
    }

    /// What to look for in the log.
    static let actions: [AuditAction] = [
        .connectionCreated, .connectionReauthorized, .handedToSync, .preflightVerdictChanged,
        .tokensRefreshed, .connectionInDoubt, .connectionRecovered, .connectionNeedsReauthorization,
        .connectionExpiringSoon, .connectionDisconnected, .dataKeyPromoted,
    ]
}
