import Zendesk

/// `guide_role.admin`: the connecting person's Guide role is Admin and the Guide box is marked.
///
/// The entitlements name role and box; where an account does not offer them, a list that only help center managers may
/// read decides; the brands explain a missing help center.
package struct GuideRoleCheck: Check {
    package let code = CheckCode.guideRoleAdmin
    package let needs: [CheckCode] = [.identityKnown]

    package func run(in context: PreflightContext) async -> Finding {
        guard let id = context.currentUser.value?.id else { return .skipped(because: .identityKnown) }
        switch await context.client.entitlements(of: id) {
        case .value(let entitlements, _):
            // An older form of the answer names the role alone, and then nobody has said that the box is not marked.
            if let guide = entitlements.guide, guide.isActive == nil {
                return await byManagersList(context, because: "box_not_named")
            }
            return await byEntitlement(entitlements.guide, context)
        case .refused(.tokenDead, let evidence):
            return Unanswered.finding(.tokenDead, evidence: evidence, asking: "for the Guide role")
        case .refused(let refusal, _):
            return await byManagersList(context, because: refusal.code)
        case .failed(let failure):
            return Unanswered.finding(failure, asking: "for the Guide role")
        }
    }

    private func byEntitlement(_ guide: Entitlement?, _ context: PreflightContext) async -> Finding {
        let evidence = [
            "guide_role": guide?.name ?? "none", "guide_active": guide?.isActive.map(String.init) ?? "unknown",
        ]
        guard guide?.isActive == true else {
            if await hasNoHelpCenter(context) { return noHelpCenter(evidence) }
            return .fail(
                "The Guide box of the person who connected is not marked.",
                remedy: "Open the person in Team members, mark the Guide box and set the Guide role to Admin.",
                at: .teamMembers, evidence: evidence)
        }
        guard guide?.name == "admin" else {
            return .fail(
                "The Guide role of the person who connected is not Admin.",
                remedy: "Open the person in Team members and set the Guide role to Admin.", at: .teamMembers,
                evidence: evidence)
        }
        return .pass("The Guide role is Admin and the Guide box is marked.", evidence: evidence)
    }

    private func byManagersList(_ context: PreflightContext, because code: String) async -> Finding {
        let evidence = ["entitlements": code]
        switch await context.client.userSegments() {
        case .value:
            return .pass("The person who connected may manage the help center.", evidence: evidence)
        case .refused(.notPermitted, _), .refused(.forbiddenOther, _):
            return .fail(
                "The person who connected may not manage the help center.",
                remedy: "Open the person in Team members, mark the Guide box and set the Guide role to Admin.",
                at: .teamMembers, evidence: evidence)
        // A 404 below the help center's path means that there is none, unless it speaks of a record.
        case .refused(.notFoundOther, _), .refused(.invalidEndpoint, _):
            return noHelpCenter(evidence)
        case .refused(let refusal, let seen):
            return Unanswered.finding(refusal, evidence: seen, asking: "for the Guide role")
        case .failed(let failure):
            return Unanswered.finding(failure, asking: "for the Guide role")
        }
    }

    private func hasNoHelpCenter(_ context: PreflightContext) async -> Bool {
        guard let brands = await context.client.brands().value, !brands.isEmpty else { return false }
        return brands.allSatisfy { !$0.hasHelpCenter }
    }

    private func noHelpCenter(_ evidence: [String: String]) -> Finding {
        .fail(
            "This organization has no active help center, so nobody has a Guide role.",
            remedy: "Activate Guide (Knowledge) for a brand, then mark the Guide box of the person who connected.",
            at: .guide, evidence: evidence)
    }
}
