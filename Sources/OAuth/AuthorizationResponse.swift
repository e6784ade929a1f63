package import GatewayCore

/// What the browser brings back from the authorization server, read strictly but not yet believed.
///
/// The state still has to be looked up and consumed; only then is it known whose issuer is to be expected, which
/// `checkIssuer` compares. Nothing is sent anywhere before both.
package struct AuthorizationResponse: Sendable {
    package static let maximumQueryOctets = 32 * 1024
    static let maximumStateOctets = 512
    static let maximumCodeOctets = 8 * 1024

    package enum Outcome: Sendable {
        case code(Secret)
        case error(AuthorizationError)
    }

    package let state: Secret
    package let outcome: Outcome
    private let issuer: String?

    /// Reads the query of the callback, without the question mark.
    package init(query: String) throws(AuthorizationResponseRefusal) {
        let parameters = try AuthorizationResponseParameters(query: query)
        state = try Self.state(in: parameters)
        outcome = try Self.outcome(in: parameters)
        issuer = parameters.decoded["iss"]
    }

    /// Compares `iss` by RFC 9207, section 2.4: simple string comparison (RFC 3986, section 6.2.1), octet by octet, no
    /// normalization. A given one must be right under both policies.
    package func checkIssuer(
        expected: String, policy: IssuerPolicy
    ) throws(AuthorizationResponseRefusal) {
        guard let issuer else {
            guard policy == .optional else { throw .issuerMissing }
            return
        }
        guard issuer.utf8.elementsEqual(expected.utf8) else { throw .issuerMismatch }
    }

    /// A state of ours consists of characters that nobody needs to encode. One that arrives encoded was touched on the
    /// way, and accepting it would give every state many spellings.
    private static func state(
        in parameters: AuthorizationResponseParameters
    ) throws(AuthorizationResponseRefusal) -> Secret {
        guard let state = parameters.decoded["state"] else { throw .stateMissing }
        guard !state.isEmpty else { throw .stateEmpty }
        guard state.utf8.count <= maximumStateOctets, state.utf8.allSatisfy(PercentEncoding.isUnreserved),
            parameters.raw["state"] == state
        else { throw .stateMalformed }
        return Secret(state)
    }

    private static func outcome(
        in parameters: AuthorizationResponseParameters
    ) throws(AuthorizationResponseRefusal) -> Outcome {
        switch (parameters.decoded["code"], parameters.decoded["error"]) {
        case (.some, .some): throw .codeAndError
        case (nil, nil): throw .neitherCodeNorError
        case (nil, .some(let error)): return .error(AuthorizationError(wireValue: error))
        case (.some(let code), nil):
            guard !code.isEmpty else { throw .codeEmpty }
            // `1*VSCHAR`, RFC 6749, appendix A.11.
            guard code.utf8.count <= maximumCodeOctets, code.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
                throw .codeMalformed
            }
            return .code(Secret(code))
        }
    }
}

/// Whether an answer must name its issuer.
package enum IssuerPolicy: Sendable, Hashable, CaseIterable {
    /// For servers that do not announce RFC 9207: a missing `iss` is normal, a given one must still be right.
    case optional
    /// For servers that announce it: a missing `iss` is the mark of a mix-up attack.
    case required
}
