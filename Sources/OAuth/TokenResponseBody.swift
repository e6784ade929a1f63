internal import GatewayCore
internal import HTTPTypes

/// The JSON object of a token response. Members nobody asked for are ignored (RFC 6749, section 5.1) and not kept.
struct TokenResponseBody {
    static let maximumTokenOctets = 8 * 1024
    /// Ten years. A longer lifetime is a mistake or an attempt at "for ever".
    static let maximumLifetime: Int64 = 315_360_000

    private let members: JSONValue

    init(_ response: OutboundResponse) throws(MalformedTokenResponse) {
        guard ContentRules.isUncoded(response.headerFields) else { throw .contentCoding }
        guard ContentRules.isJSON(response.headerFields) else { throw .contentType }
        guard
            let value = try? StrictJSON.read(response.body, maximumBytes: OutboundLimits.token.maximumBodyBytes),
            case .object = value
        else { throw .body }
        members = value
    }

    /// Present whenever there is an `error` member of any kind but null.
    var error: TokenErrorCode? {
        switch members["error"] {
        case nil, .null: nil
        case .string(let word): TokenErrorCode(rawValue: word) ?? .other
        default: .other
        }
    }

    func tokens(for addressee: TokenResponse.Addressee) throws(MalformedTokenResponse) -> TokenSet {
        try checkAddressee(addressee)
        guard members["token_type"]?.string?.lowercased() == "bearer" else { throw .tokenType }
        guard let accessToken = Self.token(members["access_token"]) else { throw .accessToken }
        return TokenSet(
            accessToken: accessToken,
            refreshToken: try refreshToken(),
            scope: try scope(),
            expiresIn: lifetime("expires_in"),
            refreshTokenExpiresIn: lifetime("refresh_token_expires_in"))
    }

    /// An answer meant for somebody else: a cache, a proxy or a server mixed up two requests.
    private func checkAddressee(_ addressee: TokenResponse.Addressee) throws(MalformedTokenResponse) {
        guard matches("client_id", addressee.clientID) else { throw .otherClient }
        guard matches("iss", addressee.organization.text), matches("subdomain", addressee.organization.subdomain) else {
            throw .otherOrganization
        }
    }

    private func matches(_ name: String, _ expected: String) -> Bool {
        switch members[name] {
        case nil, .null: true
        case .string(let text): text.utf8.elementsEqual(expected.utf8)
        default: false
        }
    }

    private func refreshToken() throws(MalformedTokenResponse) -> Secret? {
        guard let value = members["refresh_token"], value != .null else { return nil }
        guard let token = Self.token(value) else { throw .refreshToken }
        return token
    }

    /// Visible ASCII only: the token will stand in a header, where a line break would begin another one.
    private static func token(_ value: JSONValue?) -> Secret? {
        guard let text = value?.string, (1...maximumTokenOctets).contains(text.utf8.count),
            text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return nil }
        return Secret(text)
    }

    /// `scope-token = 1*( %x21 / %x23-5B / %x5D-7E )`, separated by blanks (RFC 6749, section 3.3).
    private func scope() throws(MalformedTokenResponse) -> ScopeSet? {
        guard let value = members["scope"], value != .null else { return nil }
        guard let text = value.string, text.utf8.count <= Self.maximumTokenOctets,
            text.utf8.allSatisfy({ (0x20...0x7E).contains($0) && $0 != 0x22 && $0 != 0x5C })
        else { throw .scope }
        return ScopeSet(parsing: text)
    }

    /// A whole JSON number of seconds from 1 to ten years; everything else (missing, null, 0, negative, fraction, too
    /// large, string, boolean, list) is an unknown lifetime.
    ///
    /// Not refused: the grant is spent, so a refusal would throw away the only live tokens for a mistake in a number.
    /// Unknown leads to an early refresh; it never means that a token does not expire.
    private func lifetime(_ name: String) -> Int? {
        guard case .integer(let seconds)? = members[name], (1...Self.maximumLifetime).contains(seconds) else {
            return nil
        }
        return Int(seconds)
    }
}
