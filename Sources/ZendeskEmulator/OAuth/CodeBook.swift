package import FoundationEssentials

/// An authorization code and everything it is bound to.
package struct AuthorizationCode: Sendable, Equatable {
    static let lifetime: TimeInterval = 120

    package let value: String
    package let clientIdentifier: String
    package let redirectURI: String
    package let challenge: String?
    package let scopes: [String]
    package let userID: Int64
    package let issuedAt: Date
}

/// The codes of one organization. Any presentation spends a code, right or wrong: a code that was seen once outside the
/// browser is no longer a secret.
package struct CodeBook: Sendable {
    package enum Redemption: Sendable, Equatable {
        case granted(AuthorizationCode)
        /// Used before; the family is what it gave, if it gave anything.
        case replayed(family: Int64?)
        case refused
    }

    private var fresh: [String: AuthorizationCode] = [:]
    private var spent: [String: Int64?] = [:]

    package init() {}

    package mutating func add(_ code: AuthorizationCode) {
        fresh[code.value] = code
    }

    package mutating func redeem(
        _ value: String, client: String, redirectURI: String?, verifier: String?, at now: Date
    ) -> Redemption {
        if let family = spent[value] { return .replayed(family: family) }
        guard let code = fresh.removeValue(forKey: value) else { return .refused }
        spent[value] = .some(nil)
        guard code.clientIdentifier == client, code.redirectURI == redirectURI,
            now < code.issuedAt.addingTimeInterval(AuthorizationCode.lifetime),
            Self.proves(verifier, code.challenge)
        else { return .refused }
        return .granted(code)
    }

    /// Remembers what a code gave, so that a replay can take it back.
    mutating func record(family: Int64, from value: String) {
        spent[value] = .some(family)
    }

    /// A verifier without a challenge is refused too: it means that somebody swapped the code (RFC 9700, 2.1.1).
    private static func proves(_ verifier: String?, _ challenge: String?) -> Bool {
        guard let challenge else { return verifier == nil }
        guard let verifier, ProofKey.isWellFormed(verifier: verifier) else { return false }
        return ProofKey.challenge(for: verifier) == challenge
    }
}
