import FoundationEssentials
package import GatewayCore
import OAuth
package import Storage
import TokenVault
import Zendesk

extension ConnectFlow {
    /// What the browser brought back.
    package struct Arrival: Sendable {
        /// The callback's query, without the question mark.
        package let query: String
        /// The cookie that belongs to a state, by the state's digest; nil when the browser has none or an odd one.
        package let browser: @Sendable (_ stateDigest: [UInt8]) -> BearerToken?
        /// The session the browser presents now. Often none: a strict cookie is not sent with a cross-site navigation.
        package let session: ConsoleSession?

        package init(
            query: String, browser: @escaping @Sendable ([UInt8]) -> BearerToken?, session: ConsoleSession?
        ) {
            self.query = query
            self.browser = browser
            self.session = session
        }
    }

    /// A kept connection, and what it takes to go on.
    package struct Connected: Sendable {
        package let connection: Connection
        package let pending: PendingAuthorization
    }

    /// Reads top to bottom: take the pending authorization back once, match browser and issuer, exchange, ask who this is,
    /// seal, save. Whatever is refused before the exchange causes no call.
    package func complete(_ arrival: Arrival) async throws -> Connected {
        let response = try await parsed(arrival)
        let pending = try await consumed(response, arrival)
        do {
            try response.checkIssuer(
                expected: ZendeskOAuth.issuer(of: try organization(of: pending)), policy: ZendeskOAuth.issuerPolicy)
            // A connection that cannot be authorized again is no reason to have tokens made.
            _ = try await existingConnection(for: pending)
            let code = try code(in: response)
            // A task of its own: a browser that closes its tab here must not leave tokens behind that nobody keeps.
            let work = Task { try await keep(try await exchange(code, for: pending), for: pending) }
            return Connected(connection: try await work.value, pending: pending)
        } catch let failure as KeepFailure {
            try? await record(.authorizationRefused, .failed(code: failure.explanation.code), pending)
            throw ConnectRefusal.explained(failure.explanation, pending)
        } catch let error as any Explained {
            try await record(.authorizationRefused, .refused(code: error.explanation.code), pending)
            throw ConnectRefusal.explained(error.explanation, pending)
        }
    }

    private func parsed(_ arrival: Arrival) async throws -> AuthorizationResponse {
        do {
            return try AuthorizationResponse(query: arrival.query)
        } catch {
            try await refuseUnknown(error.explanation.code)
            throw ConnectRefusal.explained(error.explanation, nil)
        }
    }

    private func consumed(
        _ response: AuthorizationResponse, _ arrival: Arrival
    ) async throws -> PendingAuthorization {
        let digest = AuthorizationState.digest(of: response.state)
        guard let browser = arrival.browser(digest) else {
            try await refuseUnknown("callback.other_browser")
            throw ConnectRefusal.otherBrowser
        }
        let found = try await store.consumePendingAuthorization(
            stateDigest: digest, browserDigest: browser.digest, at: clock.now)
        guard let pending = found else {
            try await refuseUnknown("callback.unknown_or_used")
            throw ConnectRefusal.unknownOrUsed
        }
        // The session that began must still be the one this browser has: signed out, or signed in for another tenant,
        // and the code must not be redeemed (OA-37).
        let alive = try await store.session(digest: pending.sessionDigest, at: clock.now)
        guard alive != nil, arrival.session.map({ $0.digest == pending.sessionDigest }) ?? true else {
            try await record(.authorizationRefused, .refused(code: "callback.other_session"), pending)
            throw ConnectRefusal.otherSession
        }
        return pending
    }

    private func organization(of pending: PendingAuthorization) throws -> OrganizationURL {
        try OrganizationURL(subdomain: pending.subdomain, policy: zendesk.policy)
    }

    private func code(in response: AuthorizationResponse) throws -> Secret {
        switch response.outcome {
        case .code(let code): return code
        case .error(let error): throw error
        }
    }

    private func exchange(_ code: Secret, for pending: PendingAuthorization) async throws -> TokenSet {
        guard await credentials.maySeal() else {
            throw VaultError.sealsSpent(credentials.vault.primaryKeyID)
        }
        let verifier = try credentials.openVerifier(pending.sealedVerifier, of: pending.id, place: pending.place)
        let endpoint = ZendeskOAuth.tokenEndpoint(
            of: try organization(of: pending), transport: transport, client: zendesk.credentials,
            lifetimes: zendesk.lifetimes)
        let grant = AuthorizationGrant(code: code, verifier: verifier, redirectURI: zendesk.redirectURI)
        switch await endpoint.exchange(grant) {
        case .tokens(let tokens): return tokens
        case .failed(let failure): throw ExchangeRefusal(failure)
        }
    }

    private func refuseUnknown(_ code: String) async throws {
        try await store.append([
            AuditEvent(
                at: clock.now, actor: .anonymousBrowser, action: .authorizationRefused, outcome: .refused(code: code))
        ])
    }

    func record(
        _ action: AuditAction, _ outcome: AuditOutcome, _ pending: PendingAuthorization
    ) async throws {
        try await store.append([
            AuditEvent(
                at: clock.now, actor: .anonymousBrowser, action: action, outcome: outcome, tenant: pending.tenant,
                connection: pending.reauthorizing, subject: pending.subdomain)
        ])
    }
}

/// The query holds code and state, which no log may print (OA-48).
extension ConnectFlow.Arrival: CustomStringConvertible, CustomReflectable {
    package var description: String { "[arrival]" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
