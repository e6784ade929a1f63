import Zendesk

/// `identity.known`: a real person answers. Zendesk answers 200 with an anonymous user to callers it does not know, so the
/// status alone proves nothing.
package struct IdentityKnownCheck: ConnectionCheck {
    package let code = CheckCode.identityKnown
    package let needs: [CheckCode] = [.tokenAccepted]
    package let timeLimit = Duration.seconds(12)
    package let question = """
        Reads the same answer: a person with an id, or the anonymous user whom Zendesk shows with status 200 to callers it \
        does not know.
        """
    package let outcomes = [known, anonymous]

    static let known = Outcome.pass("Zendesk knows the person who connected.")
    static let anonymous = Outcome.fail(
        "Zendesk answers as if nobody were signed in.",
        "Reconnect, and sign in at Zendesk as an admin of the organization.")

    package func run(in context: PreflightContext, for connected: ConnectedFacts) async -> Finding {
        guard let user = await context.currentUser?.value, let id = user.id else {
            return Self.anonymous.finding(["user_id": "none"])
        }
        return Self.known.finding(["user_id": String(id), "role": user.role ?? "unknown"])
    }
}
