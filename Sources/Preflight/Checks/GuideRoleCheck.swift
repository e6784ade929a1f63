import Zendesk

/// `guide_role.admin`: the connecting person's Guide role is Admin and the Guide box is marked.
///
/// The entitlements name role and box; where an account does not offer them, a list that only help center managers may
/// read decides; the brands explain a missing help center.
package struct GuideRoleCheck: ConnectionCheck {
    package let code = CheckCode.guideRoleAdmin
    package let needs: [CheckCode] = [.identityKnown]
    /// Two calls, one after the other.
    package let timeLimit = Duration.seconds(22)
    package let question = """
        Reads role and box from the person's entitlements (`GET /api/v2/users/{id}/entitlements/full`). Where the account \
        does not offer them, a list that only managers of the help center may read decides \
        (`GET /api/v2/help_center/user_segments.json`). An unmarked box in an account whose brands \
        (`GET /api/v2/brands.json`) have no help center is explained by that.
        """
    package let outcomes =
        [marked, manager, unclear, otherRole, unmarked, noManager, noHelpCenter]
        + Unanswered.outcomes

    static let marked = Outcome.pass("The Guide role is Admin and the Guide box is marked.")
    static let manager = Outcome.pass("The person who connected may manage the help center.")
    static let unclear = Outcome.warn(
        "This account does not tell what the Guide role is; what can be seen fits an admin and an agent.",
        Steps.openPerson,
        "Under Roles and access, check that the Guide box is marked and the Guide role is Admin.", at: .teamMembers)
    static let otherRole = Outcome.fail(
        "The Guide box of the person who connected is marked, but the Guide role is not Admin.", Steps.openPerson,
        "Under Roles and access, set the Guide role to Admin and save.", Steps.runAgain, at: .teamMembers)
    static let unmarked = Outcome.fail(
        "The Guide box of the person who connected is not marked.", Steps.openPerson,
        "Under Roles and access, mark the box Guide (also called Knowledge) and set its role to Admin, and save.",
        Steps.runAgain, at: .teamMembers)
    static let noManager = Outcome.fail(
        "The person who connected may not manage the help center.", Steps.openPerson,
        "Under Roles and access, mark the box Guide (also called Knowledge) and set its role to Admin, and save.",
        Steps.runAgain, at: .teamMembers)
    static let noHelpCenter = Outcome.fail(
        "This organization has no active help center, so nobody has a Guide role.",
        "Open Knowledge in the products menu and create a help center for a brand.",
        "Then open Admin Center, People, Team, Team members, and mark the Guide box of the person who connected.",
        Steps.runAgain, at: .guide)

    package func run(in context: PreflightContext, for connected: ConnectedFacts) async -> Finding {
        guard let user = await context.currentUser?.value, let id = user.id else {
            return .skipped(because: .identityKnown)
        }
        let asking = Asking(client: connected.client, isSupportAdmin: user.role == "admin" && user.roleType != 5)
        switch await connected.client.entitlements(of: id) {
        case .value(let entitlements, _):
            // An older form of the answer names the role alone, and then nobody has said that the box is not marked.
            if let guide = entitlements.guide, guide.isActive == nil {
                return await byManagersList(asking, because: "box_not_named")
            }
            return await byEntitlement(entitlements.guide, asking)
        case .refused(.tokenDead, let evidence):
            return Unanswered.finding(.tokenDead, evidence: evidence, asking: "for the Guide role")
        case .refused(let refusal, _): return await byManagersList(asking, because: refusal.code)
        case .failed(let failure): return Unanswered.finding(failure, asking: "for the Guide role")
        }
    }

    private struct Asking {
        let client: ZendeskClient
        let isSupportAdmin: Bool
    }

    private func byEntitlement(_ guide: Entitlement?, _ asking: Asking) async -> Finding {
        let evidence = [
            "guide_role": guide.map { Self.known($0.name) } ?? "none",
            "guide_active": guide?.isActive.map(String.init) ?? "unknown",
        ]
        guard guide?.isActive == true else {
            let explained = await hasNoHelpCenter(asking.client)
            return (explained ? Self.noHelpCenter : Self.unmarked).finding(evidence)
        }
        return (guide?.name == "admin" ? Self.marked : Self.otherRole).finding(evidence)
    }

    /// A name of a role, and no other text that an answer may hold.
    private static func known(_ name: String?) -> String {
        name.map { ["admin", "agent", "viewer"].contains($0) ? $0 : "other" } ?? "none"
    }

    private func byManagersList(_ asking: Asking, because code: String) async -> Finding {
        let evidence = ["entitlements": code]
        switch await asking.client.userSegments() {
        // Agents may be able to read it as well, Zendesk's descriptions disagree; Support admins cannot have less than Admin.
        case .value: return (asking.isSupportAdmin ? Self.manager : Self.unclear).finding(evidence)
        case .refused(.notPermitted, _), .refused(.forbiddenOther, _): return Self.noManager.finding(evidence)
        // A 404 below the help center's path means that there is none, unless it speaks of a record.
        case .refused(.notFoundOther, _), .refused(.invalidEndpoint, _): return Self.noHelpCenter.finding(evidence)
        case .refused(let refusal, let seen):
            return Unanswered.finding(refusal, evidence: seen, asking: "for the Guide role")
        case .failed(let failure): return Unanswered.finding(failure, asking: "for the Guide role")
        }
    }

    private func hasNoHelpCenter(_ client: ZendeskClient) async -> Bool {
        guard let brands = await client.brands().value, !brands.isEmpty else { return false }
        return brands.allSatisfy { !$0.hasHelpCenter }
    }
}
