import GatewayCore
import Zendesk

/// `ip_restrictions.off`: the organization does not restrict addresses, or lets all of ours in.
package struct IPRestrictionsCheck: ConnectionCheck {
    package let code = CheckCode.ipRestrictionsOff
    /// The settings are for admins.
    package let needs: [CheckCode] = [.supportRoleAdmin]
    package let timeLimit = Duration.seconds(12)
    package let question = """
        Reads the switch and the list from the security settings (`GET /api/v2/security_settings.json`). That our call got \
        through proves nothing about the next one, which may leave from another of our addresses.
        """
    package let outcomes = [off, untold, covered, notCovered, on] + Unanswered.outcomes

    private static let open = "Open Admin Center, Account, Security, Advanced, and there the tab IP restrictions."

    static let off = Outcome.pass("IP restrictions are off.")
    static let untold = Outcome.warn(
        "This account does not tell whether IP restrictions are on.", open,
        "Check that the restriction is switched off.", at: .ipRestrictions)
    static let covered = Outcome.warn(
        "IP restrictions are on. All addresses that our calls come from are in the list: {egress}.",
        "Leave these addresses in the list, or switch the restriction off.",
        "If our addresses change, the list has to change first.", at: .ipRestrictions)
    static let notCovered = Outcome.fail(
        "IP restrictions are on, and the list does not hold every address that our calls come from. Missing: {missing}.",
        open, "Switch the restriction off; or add to the allowed ranges: {missing}. Save.", Steps.runAgain,
        at: .ipRestrictions)
    static let on = Outcome.fail(
        "IP restrictions are on: Zendesk will refuse calls from addresses outside its list, and which addresses our calls "
            + "come from is not known here.",
        open,
        "Switch the restriction off; or ask support which addresses our calls come from, and add those to the allowed "
            + "ranges. Save.",
        Steps.runAgain, at: .ipRestrictions,
        forOperator:
            "Name the addresses that this gateway's calls come from in LATCHKEY_EGRESS_ADDRESSES; from then on this "
            + "check says which of them are missing.")

    package func run(in context: PreflightContext, for connected: ConnectedFacts) async -> Finding {
        switch await connected.client.securitySettings() {
        case .value(let settings, _): return finding(settings, context.egress)
        case .refused(.invalidEndpoint, _), .refused(.recordNotFound, _), .refused(.notFoundOther, _):
            return Self.untold.finding(["reason": "not_offered"])
        case .refused(let refusal, let evidence):
            return Unanswered.finding(refusal, evidence: evidence, asking: "for the security settings")
        case .failed(let failure): return Unanswered.finding(failure, asking: "for the security settings")
        }
    }

    private func finding(_ settings: SecuritySettings, _ egress: [IPRange]) -> Finding {
        switch settings.ipRestrictionEnabled {
        case false: return Self.off.finding()
        case true: return restricted(settings, egress)
        case nil: return Self.untold.finding(["reason": "not_named"])
        }
    }

    private func restricted(_ settings: SecuritySettings, _ egress: [IPRange]) -> Finding {
        let allowed = AllowedAddresses(settings.ipRanges)
        let evidence = [
            "ip_restriction_enabled": "true", "ranges": String(settings.ipRanges.count),
            "ranges_not_understood": String(allowed.notUnderstood), "agents_only": String(settings.agentsOnly),
        ]
        guard !egress.isEmpty else { return Self.on.finding(evidence.merging(["egress": "unknown"]) { $1 }) }
        let missing = egress.filter { !allowed.covers($0) }
        guard missing.isEmpty else {
            let names = Egress.names(missing)
            return Self.notCovered.finding(evidence.merging(["missing": names]) { $1 }, filling: ["missing": names])
        }
        let names = Egress.names(egress)
        return Self.covered.finding(evidence.merging(["covered": names]) { $1 }, filling: ["egress": names])
    }
}
