package import GatewayCore
import OAuth
package import Storage

/// Why a callback did not end in a connection.
package enum ConnectRefusal: Explained {
    case otherBrowser
    case unknownOrUsed
    case otherSession
    /// The pending authorization tells where to go back to; nil when none was found.
    case explained(Explanation, PendingAuthorization?)

    package var explanation: Explanation {
        switch self {
        case .otherBrowser:
            Explanation(
                code: "callback.other_browser",
                message: "This answer from Zendesk belongs to a connection that was not started in this browser.",
                remedy: "Start again here and stay in this browser until you are back.")
        case .unknownOrUsed:
            Explanation(
                code: "callback.unknown_or_used",
                message: "This sign-in has been used already, or it took longer than ten minutes.",
                remedy: "If you just connected, all is well; look at Integrations. Otherwise start again.")
        case .otherSession:
            Explanation(
                code: "callback.other_session",
                message: "The session that started this connection has ended.",
                remedy: "Sign in here again and start the connection anew.")
        case .explained(let explanation, _): explanation
        }
    }
}

/// A failed exchange, in words for the admin. The reason's code is kept; the peer's text is not.
struct ExchangeRefusal: Explained {
    let failure: TokenEndpointFailure

    init(_ failure: TokenEndpointFailure) { self.failure = failure }

    var explanation: Explanation {
        let (message, remedy) = words
        return Explanation(code: "exchange.\(failure.code)", message: message, remedy: remedy)
    }

    private var words: (message: String, remedy: String) {
        switch failure.outcomeClass {
        case .rejectedGrant:
            ("Zendesk no longer accepts this sign-in; it probably took too long.", "Start the connection again.")
        case .configuration:
            (
                "Zendesk does not accept Latchkey's own sign-in. Nothing is wrong with yours.",
                "Tell support; then start again."
            )
        case .organizationUnreachable:
            (
                "There is no active Zendesk account at this address.",
                "Check the address, and that the account is not closed or suspended."
            )
        case .notSent: ("Zendesk could not be reached.", "Wait a moment and start the connection again.")
        case .retryable: ("Zendesk is busy just now.", "Wait a few minutes and start the connection again.")
        case .ambiguous, .malformedSuccess:
            ("Zendesk's answer did not arrive in a usable form.", "Start the connection again.")
        }
    }
}

/// Zendesk made tokens and our store did not take them. They are revoked, as far as Zendesk lets us.
struct KeepFailure: Explained {
    var explanation: Explanation {
        Explanation(
            code: "connection.not_saved", message: "Zendesk agreed, but the connection could not be saved here.",
            remedy: "Start the connection again; if it happens twice, tell support.")
    }
}

/// What is wrong with who answered.
enum IdentityRefusal: String, Explained {
    case anonymous
    case unanswered
    case otherAccount = "other_account"
    case accountUnknown = "account_unknown"
    case accountUnanswered = "account_unanswered"
    case otherConnection = "other_connection"

    var explanation: Explanation {
        let (message, remedy) = words
        return Explanation(code: "identity.\(rawValue)", message: message, remedy: remedy)
    }

    private var words: (message: String, remedy: String) {
        switch self {
        case .anonymous:
            ("Zendesk answers as if nobody were signed in.", "Start again and sign in as an admin.")
        case .unanswered:
            (
                "Zendesk did not say who is signed in.",
                "Check the IP restrictions of the organization, wait a moment and start again."
            )
        case .otherAccount:
            (
                "Another Zendesk account answers at this address than the one connected before.",
                "If the account really changed, disconnect the old connection first and then connect anew."
            )
        case .accountUnknown:
            (
                "Zendesk did not show whether this is the account that was connected before.",
                "Wait a moment and start again."
            )
        case .accountUnanswered:
            ("Zendesk did not say which account this is.", "Wait a moment and start again.")
        case .otherConnection:
            (
                "The connection to authorize again no longer exists, or belongs to another organization.",
                "Start again from Integrations."
            )
        }
    }
}
