import Zendesk

/// `token.accepted`: the token opens something at all.
package struct TokenAcceptedCheck: Check {
    package let code = CheckCode.tokenAccepted
    package let needs: [CheckCode] = []

    package func run(in context: PreflightContext) async -> Finding {
        switch context.currentUser {
        case .value: .pass("The organization answers and accepts the token.")
        case .refused(let refusal, let evidence):
            Unanswered.finding(refusal, evidence: evidence, asking: "who is signed in")
        case .failed(let failure): Unanswered.finding(failure, asking: "who is signed in")
        }
    }
}
