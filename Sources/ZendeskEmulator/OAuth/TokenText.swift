import FoundationEssentials

/// What an access token looks like. Clients must treat both forms as opaque.
enum TokenText {
    /// Long enough that a column or header made for short tokens breaks.
    private static let minimumClaimsLength = 1_200

    static func access(_ style: TokenStyle, order: TokenOrder, id: Int64, moment: Moment) -> String {
        switch style {
        case .opaque: moment.random.hex(32)
        case .jwt: jwtShaped(order: order, id: id, moment: moment)
        }
    }

    /// Three base64url parts with the header seen in 2026. The signature is chance: nobody is meant to check it.
    private static func jwtShaped(order: TokenOrder, id: Int64, moment: Moment) -> String {
        let header: JSONValue = ["alg": "RS256", "kid": "stand-in", "typ": "at+jwt"]
        let claims: JSONValue = [
            "aud": "zendesk", "client_id": .string(order.client.identifier), "sub": .string(String(order.userID)),
            "iat": .integer(Int64(moment.now.timeIntervalSince1970)), "jti": .string(String(id)),
            "scope": .string(order.scopes.joined(separator: " ")),
            "padding": .string(moment.random.base64URL(minimumClaimsLength * 3 / 4)),
        ]
        return [Data(header.rendered.utf8).base64URLText, Data(claims.rendered.utf8).base64URLText]
            .joined(separator: ".") + "." + moment.random.base64URL(256)
    }
}
