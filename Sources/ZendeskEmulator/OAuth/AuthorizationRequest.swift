import HTTPTypes

/// What a client asks of the person in the browser, checked. Until both client and redirect URI are known to be right,
/// nothing is sent back to the client: a redirect to an unchecked address would hand answers to a stranger.
struct AuthorizationRequest: Sendable {
    struct Refusal: Error, Equatable {
        let reason: String
        var code = "invalid_request"
    }

    let client: EmulatorClient
    let redirectURI: String
    let scopes: [String]
    let state: String?
    let challenge: String?

    static let path = "/oauth/authorizations/new"
    private static let names: Set<String> = [
        "response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method",
    ]

    init(
        _ parameters: Parameters, clients: [String: EmulatorClient], organization: Organization
    ) throws(Refusal) {
        let known = Parameters(parameters.pairs.filter { Self.names.contains($0.name) }.map { ($0.name, $0.value) })
        if let name = known.repeatedName { throw Refusal(reason: "\"\(name)\" is repeated") }
        client = try Self.client(known, clients: clients, subdomain: organization.subdomain)
        redirectURI = try Self.redirectURI(known, client: client)
        guard known["response_type"] == "code" else { throw Refusal(reason: "\"response_type\" must be code") }
        scopes = try Self.scopes(known, client: client, mode: organization.switches.allowedScopesMode)
        challenge = try Self.challenge(known, client: client)
        state = known["state"]
    }

    private static func client(
        _ parameters: Parameters, clients: [String: EmulatorClient], subdomain: String
    ) throws(Refusal) -> EmulatorClient {
        guard let identifier = parameters["client_id"], let client = clients[identifier], client.exists(at: subdomain)
        else { throw Refusal(reason: "No such client") }
        return client
    }

    /// Exact comparison, port and final slash included.
    private static func redirectURI(
        _ parameters: Parameters, client: EmulatorClient
    ) throws(Refusal) -> String {
        guard let redirectURI = parameters["redirect_uri"] else { throw Refusal(reason: "\"redirect_uri\" missing") }
        guard client.redirectURIs.contains(redirectURI) else { throw Refusal(reason: "\"redirect_uri\" mismatch") }
        return redirectURI
    }

    private static func scopes(
        _ parameters: Parameters, client: EmulatorClient, mode: AllowedScopesMode
    ) throws(Refusal) -> [String] {
        guard let text = parameters["scope"], !text.isEmpty else { throw Refusal(reason: "\"scope\" missing") }
        if mode == .before2026 { return text.split(separator: " ").map(String.init) }
        guard let scopes = Scopes.parse(text), scopes.allSatisfy({ Scopes.isAllowed($0, by: client.allowedScopes) })
        else { throw Refusal(reason: OAuthError.invalidScope.description, code: "invalid_scope") }
        return scopes
    }

    private static func challenge(_ parameters: Parameters, client: EmulatorClient) throws(Refusal) -> String? {
        guard let challenge = parameters["code_challenge"] else {
            guard client.kind == .confidential, parameters["code_challenge_method"] == nil else {
                throw Refusal(reason: "\"code_challenge\" missing")
            }
            return nil
        }
        guard parameters["code_challenge_method"] == "S256" else {
            throw Refusal(reason: "\"code_challenge_method\" must be S256")
        }
        guard ProofKey.isWellFormed(challenge: challenge) else { throw Refusal(reason: "\"code_challenge\" malformed") }
        return challenge
    }

    /// The same request as form fields, to be checked again when the person has decided.
    var fields: [(String, String)] {
        var fields = [
            ("response_type", "code"), ("client_id", client.identifier), ("redirect_uri", redirectURI),
            ("scope", scopes.joined(separator: " ")),
        ]
        if let state { fields.append(("state", state)) }
        if let challenge { fields += [("code_challenge", challenge), ("code_challenge_method", "S256")] }
        return fields
    }

    /// Appended to whatever query the redirect URI has; names in alphabetical order.
    func callback(_ answer: [(String, String)], spaceAsPlus: Bool = false) -> String {
        var pairs = answer
        if let state { pairs.append(("state", state)) }
        let query = pairs.sorted { $0.0 < $1.0 }.map { name, value in
            name + "=" + PercentCoding.encode(value, spaceAsPlus: spaceAsPlus)
        }
        return redirectURI + (redirectURI.contains("?") ? "&" : "?") + query.joined(separator: "&")
    }

    /// Scheme, host and port of the redirect URI: the one foreign place the consent form may lead to.
    var redirectOrigin: String {
        let parts = redirectURI.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count >= 3 else { return "" }
        return parts[0] + "//" + parts[2].prefix { $0 != "?" && $0 != "#" }
    }
}
