import FoundationEssentials
import HTTPTypes

/// `POST /oauth/tokens`.
extension Organization {
    mutating func answerTokenRequest(
        _ request: EmulatedRequest, clients: [String: EmulatorClient], moment: Moment
    ) -> Answer {
        do throws(OAuthError) {
            let parsed = try TokenRequest.parse(request)
            let client = try authenticate(parsed, clients: clients)
            return success(try grant(parsed, client: client, moment: moment)).notStored
        } catch {
            return error.answer.notStored
        }
    }

    /// Knows the client and, when it sent a secret or must have one, that the secret is right.
    private func authenticate(
        _ request: TokenRequest, clients: [String: EmulatorClient]
    ) throws(OAuthError) -> AuthenticatedClient {
        guard ["authorization_code", "refresh_token", "client_credentials"].contains(request.grantType) else {
            throw .unsupportedGrantType
        }
        guard let client = clients[request.clientIdentifier], client.exists(at: subdomain) else { throw .invalidClient }
        guard let secret = try request.text("client_secret") else {
            return AuthenticatedClient(client: client, bySecret: false)
        }
        // A public client has no secret that could be right.
        guard let expected = client.secret, secret == expected else { throw .invalidClient }
        return AuthenticatedClient(client: client, bySecret: true)
    }

    private mutating func grant(
        _ request: TokenRequest, client: AuthenticatedClient, moment: Moment
    ) throws(OAuthError) -> IssuedTokens {
        guard
            let lifetimes = TokenLifetimes(
                asked: try request.seconds("expires_in"), try request.seconds("refresh_token_expires_in"),
                default: switches.defaultExpiresIn)
        else { throw .invalidRequest }
        switch request.grantType {
        case "authorization_code": return try exchange(request, client: client, lifetimes: lifetimes, moment: moment)
        case "refresh_token": return try refresh(request, client: client, lifetimes: lifetimes, moment: moment)
        default: return try credentialsGrant(request, client: client, lifetimes: lifetimes, moment: moment)
        }
    }

    private mutating func exchange(
        _ request: TokenRequest, client: AuthenticatedClient, lifetimes: TokenLifetimes, moment: Moment
    ) throws(OAuthError) -> IssuedTokens {
        let value = try request.required("code")
        let redirectURI = try request.required("redirect_uri")
        let verifier = try request.text("code_verifier")
        // With a proof key the secret may be left out; without either nobody has proven anything.
        guard client.bySecret || verifier != nil else { throw .invalidClient }
        let redemption = codes.redeem(
            value, client: client.client.identifier, redirectURI: redirectURI, verifier: verifier, at: moment.now)
        guard case .granted(let code) = redemption else {
            punish(redemption)
            throw .invalidGrant
        }
        guard mayHoldTokens(code.userID) else { throw .invalidGrant }
        try refuseWiderScope(try request.text("scope"), than: code.scopes)
        let record = tokens.issue(
            TokenOrder(
                client: client.client, userID: code.userID, scopes: code.scopes, lifetimes: lifetimes,
                provedByKey: code.challenge != nil),
            style: switches.tokenStyle, moment: moment)
        codes.record(family: record.family, from: value)
        return IssuedTokens(record: record, lifetimes: lifetimes)
    }

    private mutating func refresh(
        _ request: TokenRequest, client: AuthenticatedClient, lifetimes: TokenLifetimes, moment: Moment
    ) throws(OAuthError) -> IssuedTokens {
        let refreshToken = try request.required("refresh_token")
        guard !tokens.punishSecondUse(of: refreshToken),
            let old = tokens.record(refreshToken: refreshToken), old.isRefreshable(at: moment.now),
            old.clientIdentifier == client.client.identifier, mayHoldTokens(old.userID)
        else { throw .invalidGrant }
        guard client.bySecret || old.provedByKey else { throw .invalidClient }
        try refuseWiderScope(try request.text("scope"), than: old.scopes)
        let order = TokenOrder(
            client: client.client, userID: old.userID, scopes: old.scopes, lifetimes: lifetimes,
            provedByKey: old.provedByKey)
        let record = tokens.rotate(old, order: order, style: switches.tokenStyle, moment: moment)
        return IssuedTokens(record: record, lifetimes: lifetimes)
    }

    /// Acts as the user who created the client, so a global client has nobody to act as here.
    private mutating func credentialsGrant(
        _ request: TokenRequest, client: AuthenticatedClient, lifetimes: TokenLifetimes, moment: Moment
    ) throws(OAuthError) -> IssuedTokens {
        guard client.bySecret else { throw .invalidClient }
        guard client.client.organizations != nil, let creator = people.first(where: { $0.role == .admin }) else {
            throw .unauthorizedClient
        }
        guard let scopes = Scopes.parse(try request.required("scope")),
            scopes.allSatisfy({ Scopes.isAllowed($0, by: client.client.allowedScopes) })
        else { throw .invalidScope }
        let order = TokenOrder(
            client: client.client, userID: creator.id, scopes: scopes, lifetimes: lifetimes, provedByKey: false,
            isRefreshable: false)
        return IssuedTokens(
            record: tokens.issue(order, style: switches.tokenStyle, moment: moment), lifetimes: lifetimes)
    }

    /// A replayed code takes back what it gave (RFC 6749, 4.1.2).
    private mutating func punish(_ redemption: CodeBook.Redemption) {
        guard case .replayed(let family) = redemption else { return }
        tokens.countReplayedCode()
        if let family { tokens.revoke(family: family) }
    }

    /// Whether a smaller scope narrows the grant is not established: it is accepted and changes nothing.
    private func refuseWiderScope(_ asked: String?, than granted: [String]) throws(OAuthError) {
        guard let asked else { return }
        guard let words = Scopes.parse(asked), Set(words).isSubset(of: granted) else { throw .invalidScope }
    }

    /// Nobody's deletion or suspension leaves a way to new tokens, unless the switch says that it shows only in bodies.
    private func mayHoldTokens(_ userID: Int64) -> Bool {
        guard let person = person(userID), person.isActive else { return false }
        return !person.isSuspended || switches.suspendedPerson == .visible
    }

    private func success(_ issued: IssuedTokens) -> Answer {
        let record = issued.record
        var members = [
            JSONMember("access_token", .string(record.accessToken)), JSONMember("token_type", "bearer"),
            JSONMember("scope", .string(record.scopes.joined(separator: " "))),
        ]
        if let refreshToken = record.refreshToken { members.append(JSONMember("refresh_token", .string(refreshToken))) }
        if let expiresIn = expiresIn(issued.lifetimes) { members.append(JSONMember("expires_in", expiresIn)) }
        if record.refreshToken != nil {
            members.append(JSONMember("refresh_token_expires_in", .integer(issued.lifetimes.refresh)))
        }
        return .json(.object(members), status: switches.successStatus)
    }

    private func expiresIn(_ lifetimes: TokenLifetimes) -> JSONValue? {
        let asked = lifetimes.accessWasAsked
        switch switches.expiresInMode {
        case .present: return .whole(lifetimes.access)
        case .missingUnlessAsked: return asked ? .whole(lifetimes.access) : nil
        case .nullUnlessAsked: return asked ? .whole(lifetimes.access) : .null
        case .alwaysMissing: return nil
        case .alwaysNull: return .null
        }
    }
}

private struct AuthenticatedClient {
    let client: EmulatorClient
    let bySecret: Bool
}

private struct IssuedTokens {
    let record: TokenRecord
    let lifetimes: TokenLifetimes
}

extension Answer {
    /// RFC 6749, 5.1: an answer with tokens, and by extension one about them, is not to be kept.
    fileprivate var notStored: Answer {
        with(.cacheControl, "no-store").with(.init("pragma"), "no-cache")
    }
}
