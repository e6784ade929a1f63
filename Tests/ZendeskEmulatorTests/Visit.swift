import FoundationEssentials
import HTTPTypes

@testable import ZendeskEmulator

/// A world with a still clock, its clients, and the steps of a client and a browser.
struct Visit {
    static let secret = "the-client-secret"
    static let redirectURI = "http://localhost:8080/oauth/callback"
    static let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    static let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

    static let confidential = EmulatorClient(
        identifier: "zdg-latchkey", secret: secret, redirectURIs: [redirectURI, redirectURI + "?from=zendesk"])
    static let publicClient = EmulatorClient(
        identifier: "zdg-public", kind: .public, secret: nil, redirectURIs: [redirectURI])
    static let local = EmulatorClient(
        identifier: "local-to-fenced", secret: secret, redirectURIs: [redirectURI], organizations: ["fenced"])

    var world = EmulatorWorld.seeded(
        clients: [Self.confidential, Self.publicClient, Self.local],
        clock: .fixed(Date(timeIntervalSince1970: 1_790_000_000)))
    var organization = "acme"

    var authority: String { "\(organization).zendesk.localhost:9443" }

    // The browser

    func authorizationQuery(_ changes: [String: String?] = [:]) -> String {
        var pairs: [(String, String?)] = [
            ("response_type", "code"), ("client_id", "zdg-latchkey"), ("redirect_uri", Self.redirectURI),
            ("scope", "read write"), ("state", "a state/with+signs"), ("code_challenge", Self.challenge),
            ("code_challenge_method", "S256"),
        ]
        for (name, value) in changes {
            if let index = pairs.firstIndex(where: { $0.0 == name }) {
                pairs[index].1 = value
            } else {
                pairs.append((name, value))
            }
        }
        return Parameters(pairs.compactMap { pair in pair.1.map { (pair.0, $0) } }).encoded
    }

    func open(_ target: String, cookie: String? = nil) -> Answer {
        var headers: HTTPFields = [.accept: "text/html"]
        headers[.cookie] = cookie
        return world.answer(EmulatedRequest("GET", target, authority: authority, headers: headers))
    }

    func submit(_ target: String, _ fields: [(String, String)], cookie: String? = nil) -> Answer {
        var headers: HTTPFields = [.contentType: "application/x-www-form-urlencoded"]
        headers[.cookie] = cookie
        return world.answer(
            EmulatedRequest(
                "POST", target, authority: authority, headers: headers, body: Array(Parameters(fields).encoded.utf8)))
    }

    /// Signs in and gives the cookie back.
    func signIn(_ email: String, returnTo: String) -> String? {
        submit(
            "/access/login", [("return_to", returnTo), ("email", email), ("password", "password")]
        ).headers[.setCookie].map { String($0.prefix { $0 != ";" }) }
    }

    /// The whole way through the pages; the address the browser is sent to.
    func decide(_ decision: String, query: String? = nil, email: String? = nil) -> String? {
        let target = "/oauth/authorizations/new?" + (query ?? authorizationQuery())
        guard let cookie = signIn(email ?? "ada@\(organization).example", returnTo: target) else { return nil }
        let page = open(target, cookie: cookie).bodyText
        let fields = Self.hiddenFields(page) + [("decision", decision)]
        return submit("/oauth/authorizations", fields, cookie: cookie).headers[.location]
    }

    static func hiddenFields(_ page: String) -> [(String, String)] {
        var fields: [(String, String)] = []
        for line in page.split(separator: "\n") where line.contains("type=\"hidden\"") {
            let pieces = line.split(separator: "\"", omittingEmptySubsequences: false).map(String.init)
            guard pieces.count >= 6 else { continue }
            fields.append((pieces[3], pieces[5].replacing("&#39;", with: "'").replacing("&amp;", with: "&")))
        }
        return fields
    }

    func code(_ changes: [String: String?] = [:], email: String? = nil) -> String {
        let location = world.approve(
            "http://\(authority)/oauth/authorizations/new?\(authorizationQuery(changes))", as: email)
        let query = (location ?? "").split(separator: "?").last ?? ""
        return Parameters(encoded: query)?["code"] ?? ""
    }

    // The client

    func token(
        _ fields: [String: JSONValue?], query: String = "", headers: HTTPFields = [.contentType: "application/json"]
    ) -> Answer {
        let members = fields.compactMap { name, value in value.map { JSONMember(name, $0) } }
        return world.answer(
            EmulatedRequest(
                "POST", "/oauth/tokens" + query, authority: authority, headers: headers,
                body: Array(JSONValue.object(members).rendered.utf8)))
    }

    func exchangeFields(_ code: String, _ changes: [String: JSONValue?] = [:]) -> [String: JSONValue?] {
        let fields: [String: JSONValue?] = [
            "grant_type": "authorization_code", "code": .string(code), "client_id": "zdg-latchkey",
            "client_secret": .string(Self.secret), "redirect_uri": .string(Self.redirectURI),
            "code_verifier": .string(Self.verifier), "expires_in": 3600,
        ]
        return fields.merging(changes) { _, new in new }
    }

    func exchange(_ code: String, _ changes: [String: JSONValue?] = [:]) -> Answer {
        token(exchangeFields(code, changes))
    }

    func refresh(_ refreshToken: String, _ changes: [String: JSONValue?] = [:]) -> Answer {
        let fields: [String: JSONValue?] = [
            "grant_type": "refresh_token", "refresh_token": .string(refreshToken), "client_id": "zdg-latchkey",
            "client_secret": .string(Self.secret), "expires_in": 3600,
        ]
        return token(fields.merging(changes) { _, new in new })
    }

    /// A pair by the ordinary way.
    func connect(_ changes: [String: String?] = [:], email: String? = nil) -> Pair {
        Pair(exchange(code(changes, email: email)))
    }

    func api(_ path: String, _ accessToken: String? = nil, method: String = "GET") -> Answer {
        var headers: HTTPFields = [.accept: "application/json"]
        headers[.authorization] = accessToken.map { "Bearer \($0)" }
        return world.answer(EmulatedRequest(method, "/api/v2/" + path, authority: authority, headers: headers))
    }
}

/// The two tokens of an answer, empty texts when it had none.
struct Pair {
    let access: String
    let refresh: String

    init(_ answer: Answer) {
        access = answer.bodyJSON?["access_token"]?.text ?? ""
        refresh = answer.bodyJSON?["refresh_token"]?.text ?? ""
    }
}

extension Answer {
    var errorWord: String? {
        bodyJSON?["error"]?.text
    }
}
