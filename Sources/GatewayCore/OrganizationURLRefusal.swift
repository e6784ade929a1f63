/// Why an organization URL was refused. No sentence repeats the input; those that help name the configured domain.
package struct OrganizationURLRefusal: Explained, Hashable {
    /// A closed list; the raw value ends the code of the explanation.
    package enum Reason: String, Error, Sendable, CaseIterable {
        case empty = "empty"
        case tooLong = "too_long"
        case forbiddenCharacters = "forbidden_characters"
        case wrongScheme = "wrong_scheme"
        case userInformation = "user_information"
        case port = "port"
        case misplacedDot = "misplaced_dot"
        case missingSubdomain = "missing_subdomain"
        case tooManyLabels = "too_many_labels"
        case otherDomain = "other_domain"
        case helpCenter = "help_center"
        case notUnderDomain = "not_under_domain"
        case wrongLength = "wrong_length"
        case notALabel = "not_a_subdomain"
        case reserved = "reserved"
        case addressNumber = "address_number"
    }

    package let reason: Reason
    package let policy: HostPolicy

    package init(_ reason: Reason, policy: HostPolicy) {
        self.reason = reason
        self.policy = policy
    }

    package var explanation: Explanation {
        Explanation(code: "organization_url.\(reason.rawValue)", message: message, remedy: remedy)
    }

    private var message: String {
        switch reason {
        case .empty: "No address was entered."
        case .tooLong: "That is too long to be an organization URL."
        case .forbiddenCharacters:
            "That contains characters that a Zendesk address cannot have: only letters, digits and dashes may stand "
                + "in front of .\(policy.authority), and only a path behind it."
        case .wrongScheme: "That begins with something other than \(policy.scheme)://."
        case .userInformation: "An address with an @ in its host is not an organization URL."
        case .port:
            policy.port == nil
                ? "A Zendesk address has no port."
                : "The port is not the one of this installation, which is set up for \(policy.authority)."
        case .misplacedDot: "There is a dot too many in that address."
        case .missingSubdomain: "The name of your organization in front of .\(policy.authority) is missing."
        case .tooManyLabels: "There is more than one name in front of .\(policy.authority)."
        case .otherDomain: "This installation is set up for addresses under \(policy.authority), not zendesk.com."
        case .helpCenter: "That is probably a help center address."
        case .notUnderDomain: "That is not the address of an organization under \(policy.authority)."
        case .wrongLength: "The name of an organization at Zendesk has 3 to 63 characters."
        case .notALabel:
            "A name at Zendesk begins and ends with a letter or a digit and has no two dashes as third and fourth "
                + "character."
        case .reserved: "That is an address of Zendesk itself, not of an organization."
        case .addressNumber: "That number alone may be read as an IP address."
        }
    }

    private var remedy: String {
        let example = "\(policy.scheme)://acme.\(policy.authority)"
        return switch reason {
        case .forbiddenCharacters, .wrongLength, .notALabel, .reserved:
            "Copy the address from the browser while you are signed in as an agent, like \(example)."
        case .addressNumber:
            "Enter the whole address your agents use, like \(example)."
        default:
            "Enter the address your agents use, like \(example), or just acme."
        }
    }
}
