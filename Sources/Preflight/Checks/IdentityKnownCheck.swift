import Zendesk

/// `identity.known`: a real person answers. Zendesk answers 200 with an anonymous user to callers it does not know, so the
/// status alone proves nothing.
package struct IdentityKnownCheck: Check {
    package let code = CheckCode.identityKnown
    package let needs: [CheckCode] = [.tokenAccepted]

    package func run(in context: PreflightContext) async -> Finding {
        guard let user = context.currentUser.value, let id = user.id else {
            return .fail(
                "Zendesk answers as if nobody were signed in.",
                remedy: "Reconnect, and sign in at Zendesk as an admin of the organization.",
                evidence: ["user_id": "none"])
        }
        return .pass(
            "Zendesk knows the person who connected.",
            evidence: ["user_id": String(id), "role": user.role ?? "unknown"])
    }
}
