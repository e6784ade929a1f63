import Zendesk

/// `support_role.admin`: the connecting person's Support role is Admin, and the person is neither suspended nor deleted.
package struct SupportRoleCheck: ConnectionCheck {
    package let code = CheckCode.supportRoleAdmin
    package let needs: [CheckCode] = [.identityKnown]
    package let timeLimit = Duration.seconds(12)
    package let question = "Reads the role, and whether the person is suspended or deleted, from the same answer."
    package let outcomes = [admin, billing, other, suspended, deleted]

    static let admin = Outcome.pass("The person who connected is an admin in Support.")
    static let billing = Outcome.fail(
        "The person who connected is a billing admin, which is no admin in Support.",
        Steps.openPerson,
        "Under Roles and access, set the Support role to Admin and save.",
        "Run the checks again. Or reconnect as an admin: nobody can make himself one.", at: .teamMembers)
    static let other = Outcome.fail(
        "The person who connected is not an admin in Support. The role is {role}.",
        Steps.openPerson,
        "Under Roles and access, set the Support role to Admin and save.",
        "Run the checks again. Or reconnect as an admin: nobody can make himself one.", at: .teamMembers)
    static let suspended = Outcome.fail(
        "The person who connected is suspended at Zendesk.",
        Steps.openPerson,
        "Lift the suspension from the person's menu, which takes another admin.",
        "Run the checks again; or reconnect as another admin.",
        at: .teamMembers)
    static let deleted = Outcome.fail(
        "The person who connected has been deleted at Zendesk.",
        "Reconnect as an admin who is a current team member.", at: .teamMembers)

    package func run(in context: PreflightContext, for connected: ConnectedFacts) async -> Finding {
        guard let user = await context.currentUser?.value else { return .skipped(because: .identityKnown) }
        let evidence = ["role": user.role ?? "unknown", "user_id": user.id.map(String.init) ?? "none"]
        guard user.active else { return Self.deleted.finding(evidence) }
        guard !user.suspended else {
            return Self.suspended.finding(evidence.merging(["suspended": "true"]) { $1 })
        }
        // Billing admins carry the role admin on some accounts, but have no rights in Support.
        guard user.roleType != 5 else {
            return Self.billing.finding(evidence.merging(["role_type": "5"]) { $1 })
        }
        guard user.role == "admin" else {
            return Self.other.finding(evidence, filling: ["role": Self.words(for: user.role)])
        }
        return Self.admin.finding(evidence)
    }

    /// Zendesk's own words for what its three values mean; nothing else of an answer is repeated.
    private static func words(for role: String?) -> String {
        switch role {
        case "agent": "agent"
        case "end-user": "end user"
        default: "not one that this gateway knows"
        }
    }
}
