internal import GatewayCore

/// The JSON body of a token request, written octet by octet so that codes, verifiers and secrets never become strings.
struct TokenRequestBody {
    private var octets: [UInt8] = [UInt8(ascii: "{")]

    init(grantType: String) {
        add("grant_type", grantType)
    }

    static func exchange(_ grant: borrowing AuthorizationGrant) -> TokenRequestBody {
        var body = TokenRequestBody(grantType: "authorization_code")
        body.add("code", grant.code)
        body.add("redirect_uri", grant.redirectURI)
        body.add("code_verifier", grant.verifier)
        return body
    }

    static func refresh(_ refreshToken: Secret) -> TokenRequestBody {
        var body = TokenRequestBody(grantType: "refresh_token")
        body.add("refresh_token", refreshToken)
        return body
    }

    func finished(clientID: String, secret: Secret?, lifetimes: TokenLifetimes) -> Secret {
        var body = self
        body.add("client_id", clientID)
        if let secret { body.add("client_secret", secret) }
        body.add("expires_in", lifetimes.access)
        body.add("refresh_token_expires_in", lifetimes.refresh)
        return Secret(body.octets + [UInt8(ascii: "}")])
    }

    private mutating func add(_ name: String, _ value: String) {
        addName(name)
        addQuoted(value.utf8)
    }

    private mutating func add(_ name: String, _ value: Secret) {
        addName(name)
        value.exposeBytes { span in
            unsafe span.withUnsafeBytes { octets in unsafe addQuoted(octets) }
        }
    }

    private mutating func add(_ name: String, _ value: Int) {
        addName(name)
        octets += "\(value)".utf8
    }

    private mutating func addName(_ name: String) {
        if octets.count > 1 { octets.append(UInt8(ascii: ",")) }
        addQuoted(name.utf8)
        octets.append(UInt8(ascii: ":"))
    }

    /// RFC 8259, section 7: quotation mark, reverse solidus and control characters must be escaped.
    private mutating func addQuoted(_ text: some Sequence<UInt8>) {
        octets.append(UInt8(ascii: "\""))
        for octet in text {
            switch octet {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): octets += [UInt8(ascii: "\\"), octet]
            case 0x00..<0x20: octets += "\\u00\(octet < 16 ? "0" : "")\(String(octet, radix: 16))".utf8
            default: octets.append(octet)
            }
        }
        octets.append(UInt8(ascii: "\""))
    }
}
