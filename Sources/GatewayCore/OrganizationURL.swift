/// Where one Zendesk account lives: `https://acme.zendesk.com`.
///
/// Zendesk itself calls this an account and uses *organization* for a group of end users; here it always means the
/// account. What people type yields one label and nothing else: no decoding, no IDNA, no general URL parser decides.
/// Host and address are then built from constants, so no input can point anywhere else.
package struct OrganizationURL: Sendable, Hashable, CustomStringConvertible {
    /// 3 to 63 lower-case letters, digits and inner dashes.
    package let subdomain: String
    package let policy: HostPolicy

    /// `acme.zendesk.com`
    package var host: String { "\(subdomain).\(policy.domain)" }
    /// `acme.zendesk.com`, with the port of a local stand-in.
    package var authority: String { "\(subdomain).\(policy.authority)" }
    /// `https://acme.zendesk.com`
    package var text: String { "\(policy.scheme)://\(authority)" }
    package var description: String { text }

    /// Reads what a person typed or pasted: an address, with or without scheme and path, or the bare subdomain.
    package init(parsing input: String, policy: HostPolicy) throws(OrganizationURLRefusal) {
        subdomain = try OrganizationURLGrammar(policy: policy).label(in: input)
        self.policy = policy
    }

    /// Takes a subdomain from our own records. It is checked all the same: a record can be altered.
    package init(subdomain: String, policy: HostPolicy) throws(OrganizationURLRefusal) {
        guard OrganizationURLGrammar.isLabel(Array(subdomain.utf8)) else {
            throw OrganizationURLRefusal(.notALabel, policy: policy)
        }
        self.subdomain = subdomain
        self.policy = policy
    }
}
