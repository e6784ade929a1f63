import Zendesk

/// `ip_restrictions.off`: the organization does not restrict addresses.
package struct IPRestrictionsCheck: Check {
    package let code = CheckCode.ipRestrictionsOff
    package let needs: [CheckCode] = [.identityKnown, .supportRoleAdmin]

    package func run(in context: PreflightContext) async -> Finding {
        switch await context.client.securitySettings() {
        case .value(let settings, _): return finding(settings)
        case .refused(.invalidEndpoint, _), .refused(.recordNotFound, _), .refused(.notFoundOther, _):
            return cannotTell("not_offered")
        case .refused(let refusal, let evidence):
            return Unanswered.finding(refusal, evidence: evidence, asking: "for the security settings")
        case .failed(let failure):
            return Unanswered.finding(failure, asking: "for the security settings")
        }
    }

    private func finding(_ settings: SecuritySettings) -> Finding {
        switch settings.ipRestrictionEnabled {
        case false: return .pass("IP restrictions are off.")
        case true:
            return .fail(
                "IP restrictions are on: Zendesk will refuse calls from addresses outside its list.",
                remedy: "Open the IP restrictions in Admin Center and switch them off.", at: .ipRestrictions,
                evidence: [
                    "ip_restriction_enabled": "true", "ranges": String(settings.ipRanges.count),
                    "agents_only": String(settings.agentsOnly),
                ])
        case nil: return cannotTell("not_named")
        }
    }

    private func cannotTell(_ reason: String) -> Finding {
        .warn(
            "This account does not tell whether IP restrictions are on.",
            remedy: "Open the IP restrictions in Admin Center and make sure that they are off.", at: .ipRestrictions,
            evidence: ["reason": reason])
    }
}
