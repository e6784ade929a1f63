package import FoundationEssentials
package import GatewayCore
import OAuth
package import Storage
import TokenVault
import Zendesk

/// From the form to a kept, checked connection.
package struct ConnectFlow: Sendable {
    /// How long somebody may take to sign in at Zendesk, single sign-on included.
    package static let pendingLifetime: TimeInterval = 10 * 60
    /// Waiting ones of one session; the oldest gives way (OA-11).
    package static let pendingLimit = 5

    let store: any GatewayStore
    let credentials: CredentialVault
    let transport: any HTTPTransport
    let zendesk: ZendeskSettings
    let revocations: RevocationQueue
    let clock: any WallClock
    let random: any RandomSource

    package init(
        store: any GatewayStore, credentials: CredentialVault, transport: any HTTPTransport, zendesk: ZendeskSettings,
        revocations: RevocationQueue, clock: any WallClock, random: any RandomSource
    ) {
        self.store = store
        self.credentials = credentials
        self.transport = transport
        self.zendesk = zendesk
        self.revocations = revocations
        self.clock = clock
        self.random = random
    }

    /// What the admin asked for, already parsed.
    package struct Wish: Sendable {
        package let session: ConsoleSession
        package let organization: OrganizationURL
        package let permissionLevel: PermissionLevel
        package let returnURL: String?
        package let reauthorizing: ConnectionID?

        package init(
            session: ConsoleSession, organization: OrganizationURL, permissionLevel: PermissionLevel,
            returnURL: String?, reauthorizing: ConnectionID?
        ) {
            self.session = session
            self.organization = organization
            self.permissionLevel = permissionLevel
            self.returnURL = returnURL
            self.reauthorizing = reauthorizing
        }
    }

    /// Where the browser goes next, and the cookie that ties the answer to it.
    package struct Departure: Sendable {
        package let location: String
        package let browser: BearerToken
        package let stateDigest: [UInt8]
        package let expiresAt: Date
    }

    package func begin(_ wish: Wish) async throws -> Departure {
        let state = AuthorizationState(random: random)
        let browser = BearerToken(.browser, random: random)
        let proofKey = ProofKey(random: random)
        let pending = try await credentials.keeping {
            let pending = try self.pending(for: wish, state: state, browser: browser, verifier: proofKey.verifier)
            let event = AuditEvent(
                at: pending.createdAt, actor: wish.session.actor, action: .authorizationBegun, tenant: pending.tenant,
                connection: wish.reauthorizing, subject: pending.subdomain, keyID: pending.keyID)
            try await store.insertPendingAuthorization(pending, limit: Self.pendingLimit, audit: event)
            return pending
        }
        let request = AuthorizationRequest(
            clientID: zendesk.clientID, redirectURI: zendesk.redirectURI, scope: wish.permissionLevel.scopes,
            state: state.value, challenge: proofKey.challenge)
        return Departure(
            location: request.url(endpoint: ZendeskOAuth.authorizationEndpoint(of: wish.organization)),
            browser: browser, stateDigest: state.digest, expiresAt: pending.expiresAt)
    }

    private func pending(
        for wish: Wish, state: AuthorizationState, browser: BearerToken, verifier: Secret
    ) throws -> PendingAuthorization {
        let id = PendingAuthorizationID(random: random)
        let place = CredentialVault.Place(
            tenant: wish.session.tenant, subdomain: wish.organization.subdomain, generation: 0)
        let sealed = try credentials.sealVerifier(verifier, of: id, place: place)
        return PendingAuthorization(
            id: id, stateDigest: state.digest, browserDigest: browser.digest, sessionDigest: wish.session.digest,
            tenant: wish.session.tenant, subdomain: wish.organization.subdomain,
            permissionLevel: wish.permissionLevel, sealedVerifier: sealed.bytes, keyID: sealed.keyID.description,
            returnURL: wish.returnURL, reauthorizing: wish.reauthorizing, createdAt: clock.now,
            expiresAt: clock.now.addingTimeInterval(Self.pendingLifetime))
    }
}

/// The location holds the state.
extension ConnectFlow.Departure: CustomStringConvertible, CustomReflectable {
    package var description: String { "[departure]" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
