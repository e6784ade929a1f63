import Zendesk

/// `support_role.admin`: the connecting person's Support role is Admin, and the person is neither suspended nor deleted.
package struct SupportRoleCheck: Check {
    package let code = CheckCode.supportRoleAdmin
    package let needs: [CheckCode] = [.identityKnown]

    package func run(in context: PreflightContext) async -> Finding {
        guard let user = context.currentUser.value else { return .skipped(because: .identityKnown) }
        let evidence = ["role": user.role ?? "unknown", "user_id": user.id.map(String.init) ?? "none"]
        guard user.active else {
            return .fail(
                "The person who connected has been deleted at Zendesk.",
                remedy: "Reconnect as an admin who is a current team member.", at: .teamMembers, evidence: evidence)
        }
        guard !user.suspended else {
            return .fail(
                "The person who connected is suspended at Zendesk.",
                remedy: "Open the person in Team members and lift the suspension, or reconnect as another admin.",
                at: .teamMembers, evidence: evidence.merging(["suspended": "true"]) { $1 })
        }
        // Billing admins carry the role admin on some accounts, but have no rights in Support.
        guard user.role == "admin", user.roleType != 5 else {
            return .fail(
                "The person who connected is not an admin in Support.",
                remedy: "Open the person in Team members and set the Support role to Admin, or reconnect as an admin.",
                at: .teamMembers, evidence: evidence)
        }
        return .pass("The person who connected is an admin in Support.", evidence: evidence)
    }
}
