import HTTPTypes

/// The parameters of one call of the token endpoint, read once and strictly.
struct TokenRequest: Sendable {
    let grantType: String
    let clientIdentifier: String
    private let parameters: [String: JSONValue]

    static func parse(_ request: EmulatedRequest) throws(OAuthError) -> TokenRequest {
        // Secrets in a query end in access logs. Zendesk takes them; nothing here may come to depend on it.
        guard request.rawQuery.isEmpty else { throw .invalidRequest }
        // Basic authentication is not documented for this endpoint.
        guard request.headers[.authorization] == nil else { throw .invalidClient }
        return try TokenRequest(parameters: readBody(request))
    }

    private init(parameters: [String: JSONValue]) throws(OAuthError) {
        self.parameters = parameters
        guard let grantType = parameters["grant_type"]?.text, !grantType.isEmpty else { throw .invalidRequest }
        self.grantType = grantType
        guard let client = parameters["client_id"] else { throw .invalidRequest }
        // The numeric id of a client is a recorded mistake, and it is answered as an unknown client.
        guard let identifier = client.text else { throw .invalidClient }
        clientIdentifier = identifier
    }

    func text(_ name: String) throws(OAuthError) -> String? {
        guard let value = parameters[name], value != .null else { return nil }
        guard let text = value.text else { throw .invalidRequest }
        return text
    }

    func required(_ name: String) throws(OAuthError) -> String {
        guard let text = try text(name), !text.isEmpty else { throw .invalidRequest }
        return text
    }

    /// Seconds as a number, or as digits in a text, which real clients send.
    func seconds(_ name: String) throws(OAuthError) -> Int64? {
        guard let value = parameters[name], value != .null else { return nil }
        if let whole = value.whole { return whole }
        guard let text = value.text, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let whole = Int64(text)
        else {
            throw .invalidRequest
        }
        return whole
    }

    private static func readBody(_ request: EmulatedRequest) throws(OAuthError) -> [String: JSONValue] {
        switch request.contentType {
        case "application/json": try readJSON(request.body)
        case "application/x-www-form-urlencoded": try readForm(request.body)
        default: throw .invalidRequest
        }
    }

    private static func readJSON(_ body: [UInt8]) throws(OAuthError) -> [String: JSONValue] {
        guard let value = try? JSONReader.read(body), let members = value.members else { throw .invalidRequest }
        return Dictionary(members.map { ($0.name, $0.value) }) { first, _ in first }
    }

    private static func readForm(_ body: [UInt8]) throws(OAuthError) -> [String: JSONValue] {
        guard let text = String(validating: body, as: UTF8.self), let form = Parameters(encoded: text),
            form.repeatedName == nil
        else { throw .invalidRequest }
        return Dictionary(form.pairs.map { ($0.name, JSONValue.string($0.value)) }) { first, _ in first }
    }
}
