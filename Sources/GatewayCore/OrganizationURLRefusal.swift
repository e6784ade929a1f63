/// Why an organization URL was refused. A closed list; each case knows its sentence. None repeats the input.
package enum OrganizationURLRefusal: Explained, Hashable {
    case empty
    case tooLong
    case forbiddenCharacters
    case wrongScheme
    case userInformation
    case port
    case missingSubdomain(expected: String)
    case tooManyLabels(expected: String)
    case otherDomain(expected: String)
    case helpCenter(expected: String)
    case notUnderDomain(expected: String)
    case wrongLength
    case notALabel
    case reserved

    package var explanation: Explanation {
        Explanation(code: "organization_url.\(code)", message: message, remedy: remedy)
    }

    private var code: String {
        switch self {
        case .empty: "empty"
        case .tooLong: "too_long"
        case .forbiddenCharacters: "forbidden_characters"
        case .wrongScheme: "wrong_scheme"
        case .userInformation: "user_information"
        case .port: "port"
        case .missingSubdomain: "missing_subdomain"
        case .tooManyLabels: "too_many_labels"
        case .otherDomain: "other_domain"
        case .helpCenter: "help_center"
        case .notUnderDomain: "not_under_domain"
        case .wrongLength: "wrong_length"
        case .notALabel: "not_a_subdomain"
        case .reserved: "reserved"
        }
    }

    private var message: String {
        switch self {
        case .empty: "No address was entered."
        case .tooLong: "That is too long to be an organization URL."
        case .forbiddenCharacters:
            "That contains characters that a Zendesk address cannot have: only letters, digits and dashes may stand "
                + "before the domain."
        case .wrongScheme: "That does not begin with https:// like a Zendesk address."
        case .userInformation: "An address with an @ in it is not an organization URL."
        case .port: "A Zendesk address has no port of its own here."
        case .missingSubdomain: "The name of your organization in front of the domain is missing."
        case .tooManyLabels: "There is more than one name in front of the domain."
        case .otherDomain(let expected): "This installation is set up for addresses under \(expected)."
        case .helpCenter: "That looks like a help center address."
        case .notUnderDomain(let expected): "That address is not under \(expected)."
        case .wrongLength: "The name of an organization at Zendesk has 3 to 63 characters."
        case .notALabel: "A name at Zendesk begins and ends with a letter or a digit and has single dashes inside."
        case .reserved: "That is an address of Zendesk itself, not of an organization."
        }
    }

    private var remedy: String {
        let domain =
            switch self {
            case .missingSubdomain(let expected), .tooManyLabels(let expected), .otherDomain(let expected),
                .helpCenter(let expected), .notUnderDomain(let expected):
                expected
            default: "zendesk.com"
            }
        return switch self {
        case .otherDomain, .notUnderDomain, .missingSubdomain, .tooManyLabels, .helpCenter:
            "Enter the address your agents use, like acme.\(domain), or just the name in front of the domain."
        case .wrongScheme, .port, .userInformation, .tooLong, .empty:
            "Enter the address your agents use, like https://acme.zendesk.com, or just acme."
        case .forbiddenCharacters, .wrongLength, .notALabel, .reserved:
            "Copy the address from the browser while you are signed in as an agent, like https://acme.zendesk.com."
        }
    }
}
