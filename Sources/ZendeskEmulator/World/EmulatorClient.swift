/// An OAuth client as Zendesk knows it.
package struct EmulatorClient: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        case confidential, `public`
    }

    /// The unique identifier, which is what `client_id` carries. The number is a different thing and never accepted.
    package var identifier: String
    package var number: Int64
    package var name: String
    package var company: String
    package var kind: Kind
    package var secret: String?
    package var redirectURIs: [String]
    /// The client's ceiling since August 2026.
    package var allowedScopes: Set<String>
    /// Nil for a global client; a local one exists in these organizations only.
    package var organizations: Set<String>?

    package init(
        identifier: String, number: Int64 = 41_000_000_001, name: String? = nil, company: String = "Latchkey",
        kind: Kind = .confidential, secret: String?, redirectURIs: [String],
        allowedScopes: Set<String> = ["read", "write"], organizations: Set<String>? = nil
    ) {
        self.identifier = identifier
        self.number = number
        self.name = name ?? identifier
        self.company = company
        self.kind = kind
        self.secret = kind == .public ? nil : secret
        self.redirectURIs = redirectURIs
        self.allowedScopes = allowedScopes
        self.organizations = organizations
    }

    func exists(at organization: String) -> Bool {
        organizations?.contains(organization) ?? true
    }
}
