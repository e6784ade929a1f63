import FoundationEssentials

/// Who calls, as far as the credentials tell.
enum Caller: Sendable {
    case anonymous
    case member(Person, TokenRecord)

    var person: Person? {
        if case .member(let person, _) = self { person } else { nil }
    }

    var token: TokenRecord? {
        if case .member(_, let token) = self { token } else { nil }
    }
}

/// One call of the REST API, past authentication.
struct APICall: Sendable {
    let caller: Caller
    /// What stood where the route has a placeholder.
    let identifiers: [Int64]
    let query: Parameters
    /// The suffix-free path.
    let path: String
    /// `https://acme.zendesk.com`: always the main subdomain, whatever host was called.
    let origin: String
    let now: Date

    func link(_ path: String) -> JSONValue {
        .string(origin + "/api/v2/" + path + ".json")
    }
}
