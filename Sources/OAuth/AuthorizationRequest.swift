package import GatewayCore

/// What the browser is sent to the authorization server with (RFC 6749, section 4.1.1; RFC 7636, section 4.3).
package struct AuthorizationRequest: Sendable {
    package let clientID: String
    /// From configuration, byte for byte the one in the token request; never from a request's Host header.
    package let redirectURI: String
    package let scope: ScopeSet
    package let state: Secret
    package let challenge: CodeChallenge

    package init(
        clientID: String, redirectURI: String, scope: ScopeSet, state: Secret, challenge: CodeChallenge
    ) {
        self.clientID = clientID
        self.redirectURI = redirectURI
        self.scope = scope
        self.state = state
        self.challenge = challenge
    }

    /// The address for the browser. `endpoint` has no query of its own.
    ///
    /// Every value is reduced to unreserved characters, so no value can end its parameter and begin another. Nothing
    /// secret but the state is in it.
    package func url(endpoint: String) -> String {
        let query = parameters.map { "\($0.name)=\(PercentEncoding.encode($0.value))" }
        return "\(endpoint)?\(query.joined(separator: "&"))"
    }

    private var parameters: [(name: String, value: String)] {
        [
            ("response_type", "code"),
            ("client_id", clientID),
            ("redirect_uri", redirectURI),
            ("scope", scope.text),
            ("state", state.exposeText()),
            ("code_challenge", challenge.text),
            ("code_challenge_method", CodeChallenge.method),
        ]
    }
}
