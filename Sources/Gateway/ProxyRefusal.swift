package import GatewayCore

/// Why the gateway itself does not carry out a proxied call. What Zendesk answers is never turned into one of these.
package enum ProxyRefusal: Explained, Equatable {
    case badPath
    case levelInsufficient
    case grantsAreOurs
    case bodyTooLarge
    case tooManyOfConnection
    case tooManyInAll
    /// Nothing left this machine.
    case unreachable(TransportFailure)
    /// Zendesk may have done what was asked.
    case answerLost(TransportFailure)

    package var explanation: Explanation {
        let (code, message, remedy) = words
        return Explanation(code: code, message: message, remedy: remedy)
    }

    /// One row for each case, so longer than other functions.
    private var words: (code: String, message: String, remedy: String) {
        switch self {
        case .badPath:
            (
                "proxy.path_invalid", "The path behind /proxy/ is not one below api/v2/ in plain form.",
                "Write it as Zendesk documents it, without empty, dot or doubly escaped segments."
            )
        case .levelInsufficient:
            (
                "permission_level.insufficient", "This connection may only read.",
                "Connect the organization again with the level Read and take action."
            )
        case .grantsAreOurs:
            (
                "proxy.grants_protected", "Tokens and OAuth clients are not changed through the proxy.",
                "Use the gateway's own refresh and disconnect."
            )
        case .bodyTooLarge:
            ("proxy.body_too_large", "The request's body is larger than 50 MiB.", "Send less at once.")
        case .tooManyOfConnection:
            (
                "proxy.too_many_calls", "Too many calls run over this connection at once.",
                "Wait for one of them to end."
            )
        case .tooManyInAll:
            ("proxy.overloaded", "Too many calls run through the gateway at once.", "Try again in a few seconds.")
        case .unreachable:
            (
                "organization.unreachable", "The organization could not be reached; nothing was sent.",
                "Try again; if it lasts, run preflight."
            )
        case .answerLost:
            (
                "organization.answer_lost",
                "The organization's answer did not arrive; it may have done what was asked.",
                "Look before you repeat a change."
            )
        }
    }
}
