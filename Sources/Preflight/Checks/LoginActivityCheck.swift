import Zendesk

/// `plan.login_activity`: whether sign-ins count for usage on this plan.
package struct LoginActivityCheck: ConnectionCheck {
    package let code = CheckCode.planLoginActivity
    /// To anybody but an admin the answer is the same as on a plan without audit log.
    package let needs: [CheckCode] = [.supportRoleAdmin]
    package let timeLimit = Duration.seconds(12)
    package let question = """
        Asks for one entry of the audit log (`GET /api/v2/audit_logs.json`), which only Enterprise plans have and which is \
        where sign-ins stand.
        """
    package let outcomes = [counted, notOnPlan, notOffered] + Unanswered.outcomes

    static let counted = Outcome.pass("The plan has an audit log, so sign-ins count for usage.")
    static let notOnPlan = Outcome.warn(
        "The plan has no audit log, so that sign-ins do not count for usage; work on tickets and articles does.",
        "Nothing needs to be mended. Sign-ins would count on an Enterprise plan.", at: .subscription)
    static let notOffered = Outcome.warn(
        "This account does not offer its audit log, so that sign-ins do not count for usage; work on tickets and articles "
            + "does.",
        "Nothing needs to be mended. Sign-ins would count on an Enterprise plan.", at: .subscription)

    package func run(in context: PreflightContext, for connected: ConnectedFacts) async -> Finding {
        switch await connected.client.auditLogsPage() {
        case .value: return Self.counted.finding(["audit_log": "readable"])
        case .refused(.notPermitted, _): return Self.notOnPlan.finding(["audit_log": "not_permitted"])
        case .refused(.invalidEndpoint, _), .refused(.recordNotFound, _), .refused(.notFoundOther, _):
            return Self.notOffered.finding(["audit_log": "not_offered"])
        case .refused(let refusal, let evidence):
            return Unanswered.finding(refusal, evidence: evidence, asking: "for the audit log")
        case .failed(let failure): return Unanswered.finding(failure, asking: "for the audit log")
        }
    }
}
