import GatewayCore
import Zendesk

/// `scopes.granted`: what was granted covers the permission level, proven by a call. A mistyped scope still yields a token,
/// and every call with it is refused; the list of names proves nothing.
package struct ScopesGrantedCheck: ConnectionCheck {
    package let code = CheckCode.scopesGranted
    package let needs: [CheckCode] = [.identityKnown]
    package let timeLimit = Duration.seconds(12)
    package let question = """
        Compares the granted permissions with those of the level, and proves them with a call that needs one of them \
        (`GET /api/v2/users.json`). That writing works is not proven, because nothing is written.
        """
    package let outcomes = [works, extra, refused, less] + Unanswered.outcomes

    static let works = Outcome.pass("A call with the granted permissions works.")
    static let extra = Outcome.warn(
        "Zendesk granted more than the level “{level}” asks for.",
        Steps.notYours,
        forOperator: "Check the allowed scopes of the OAuth client; a new sign-in grants by them.")
    static let refused = Outcome.fail(
        "Zendesk refuses calls with this token, because permissions are missing.",
        Steps.allowAll, "If it happens again, hand this report to support.",
        forOperator: "Check the allowed scopes of the OAuth client.")
    static let less = Outcome.fail(
        "Zendesk granted less than the level “{level}” needs.",
        Steps.allowAll)

    package func run(in context: PreflightContext, for connected: ConnectedFacts) async -> Finding {
        let level = connected.permissionLevel
        let missing = level.scopes.subtracting(connected.grantedScopes)
        guard missing.isEmpty else {
            return Self.less.finding(
                ["granted": connected.grantedScopes.text, "missing": missing.text], filling: ["level": level.title])
        }
        switch await connected.client.usersPage() {
        case .value: return proven(connected)
        case .refused(.scopeMissing(let names), _):
            return Self.refused.finding(["any_one_of": names.joined(separator: " ")])
        // Nobody but team members may read the list, and who is none is told so by the next check.
        case .refused(.notPermitted, _) where await context.currentUser?.value?.role != "admin":
            return .skipped(because: .supportRoleAdmin)
        case .refused(let refusal, let evidence):
            return Unanswered.finding(refusal, evidence: evidence, asking: "for the list of users")
        case .failed(let failure): return Unanswered.finding(failure, asking: "for the list of users")
        }
    }

    private func proven(_ connected: ConnectedFacts) -> Finding {
        let granted = connected.grantedScopes
        let more = granted.subtracting(connected.permissionLevel.scopes)
        guard more.isEmpty else {
            return Self.extra.finding(
                ["granted": granted.text, "not_asked_for": more.text],
                filling: ["level": connected.permissionLevel.title])
        }
        return Self.works.finding(["granted": granted.text])
    }
}
