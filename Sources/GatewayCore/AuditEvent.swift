package import FoundationEssentials

/// One thing that happened, for the security team: who, what, when, to what, with which outcome.
///
/// Never a secret, a token or personal data beyond ids. Stored in the same operation as the change it records.
package struct AuditEvent: Sendable, Equatable {
    package let at: Date
    package let actor: AuditActor
    package let action: AuditAction
    package let outcome: AuditOutcome
    package let tenant: TenantID?
    package let connection: ConnectionID?
    /// What was acted on where it is no connection: a subdomain, a key id, a session id.
    package let subject: String?
    package let generation: UInt64?
    /// The data key a record was sealed under.
    package let keyID: String?

    package init(
        at: Date, actor: AuditActor, action: AuditAction, outcome: AuditOutcome = .succeeded, tenant: TenantID? = nil,
        connection: ConnectionID? = nil, subject: String? = nil, generation: UInt64? = nil, keyID: String? = nil
    ) {
        self.at = at
        self.actor = actor
        self.action = action
        self.outcome = outcome
        self.tenant = tenant
        self.connection = connection
        self.subject = subject
        self.generation = generation
        self.keyID = keyID
    }
}

/// Who did it. `id` names a session, a key or a Zendesk user id, never a secret.
package struct AuditActor: Sendable, Hashable {
    package enum Kind: String, Sendable, CaseIterable {
        case console, connectSession = "connect_session", diagnosticsLink = "diagnostics_link"
        case apiKey = "api_key", commandLine = "command_line", browser
        case system
    }

    package let kind: Kind
    package let id: String?

    package static let system = AuditActor(kind: .system, id: nil)
    package static let commandLine = AuditActor(kind: .commandLine, id: nil)
    /// A browser that has not proven who it is.
    package static let anonymousBrowser = AuditActor(kind: .browser, id: nil)

    package init(kind: Kind, id: String?) {
        self.kind = kind
        self.id = id
    }
}

package enum AuditOutcome: Sendable, Hashable {
    case succeeded
    /// We said no; the code says why.
    case refused(code: String)
    /// It was tried and did not work; the code says why.
    case failed(code: String)
}

/// What can be recorded: a closed list.
package enum AuditAction: String, Sendable, CaseIterable {
    case serviceStarted = "service.started"
    case serviceStopped = "service.stopped"
    case configurationChanged = "configuration.changed"
    case signInLinkCreated = "sign_in_link.created"
    case signedIn = "session.signed_in"
    case signedOut = "session.signed_out"
    case connectSessionCreated = "connect_session.created"
    case connectSessionOpened = "connect_session.opened"
    case apiKeyCreated = "api_key.created"
    case apiKeyRevoked = "api_key.revoked"
    case authorizationBegun = "authorization.begun"
    case authorizationAnswered = "authorization.answered"
    case authorizationRefused = "authorization.refused"
    case authorizationExpired = "authorization.expired"
    case tokensExchanged = "tokens.exchanged"
    case tokensRevoked = "tokens.revoked"
    case connectionCreated = "connection.created"
    case connectionReauthorized = "connection.reauthorized"
    case connectionNeedsReauthorization = "connection.needs_reauthorization"
    case connectionDisconnected = "connection.disconnected"
    case preflightRun = "preflight.run"
    case handedToSync = "sync.handed_over"
    case preflightVerdictChanged = "preflight.verdict_changed"
    case connectionExpiringSoon = "connection.expiring_soon"
    case connectionInDoubt = "connection.in_doubt"
    case connectionRecovered = "connection.recovered"
    case accessTokenHandedOut = "access_token.handed_out"
    case leaseReleased = "lease.released"
    case callProxied = "call.proxied"
    case refreshBegun = "refresh.begun"
    case refreshRepeated = "refresh.repeated_in_doubt"
    case tokensRefreshed = "tokens.refreshed"
    case refreshNotDone = "refresh.not_done"
    case refreshProbed = "refresh.probed"
    case grantsLostInNumbers = "grants.lost_in_numbers"
    case revocationQueued = "revocation.queued"
    case revocationSettled = "revocation.settled"
    case clientSecretProbed = "client_secret.probed"
    case clientSecretChanged = "client_secret.changed"
    case webhookEndpointCreated = "webhook_endpoint.created"
    case webhookEndpointRemoved = "webhook_endpoint.removed"
    case webhookEndpointDisabled = "webhook_endpoint.disabled"
    case eventsReplayed = "events.replayed"
    case diagnosticsLinkCreated = "diagnostics_link.created"
    case diagnosticsLinkOpened = "diagnostics_link.opened"
    case diagnosticsLinkRevoked = "diagnostics_link.revoked"
    case dataKeyGenerated = "data_key.generated"
    case dataKeyPromoted = "data_key.promoted"
    case dataKeyRetired = "data_key.retired"
    case dataKeyDestructionScheduled = "data_key.destruction_scheduled"
    case dataKeyDestructionCancelled = "data_key.destruction_cancelled"
    case dataKeyDestroyed = "data_key.destroyed"
    case dataKeyCounted = "data_key.counted"
    case resealBegun = "reseal.begun"
    case resealPaused = "reseal.paused"
    case resealCompleted = "reseal.completed"
    case resealThrottled = "reseal.throttled"
    case oldestOpeningKeySet = "data_key.oldest_opening_set"
    case rotationVerified = "rotation.verified"
    case rootKeyCreated = "root_key.created"
    case rootKeyReplaced = "root_key.replaced"
    case rootKeyExported = "root_key.exported"
    case emergencyRotationBegun = "emergency_rotation.begun"
    case emergencyRotationCompleted = "emergency_rotation.completed"
    case backupMade = "backup.made"
    case backupRestored = "backup.restored"
    case auditCheckpointSigned = "audit.checkpoint_signed"
    case auditExported = "audit.exported"
    case auditKeyCreated = "audit.key_created"
    case auditKeyReplaced = "audit.key_replaced"
    case accessDenied = "access.denied"
}
