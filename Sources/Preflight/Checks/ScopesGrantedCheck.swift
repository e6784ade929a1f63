import GatewayCore
import Zendesk

/// `scopes.granted`: what was granted covers the permission level, proven by a call. A mistyped scope still yields a token,
/// and every call with it is refused; the list of names proves nothing.
package struct ScopesGrantedCheck: Check {
    package let code = CheckCode.scopesGranted
    package let needs: [CheckCode] = [.identityKnown]

    package func run(in context: PreflightContext) async -> Finding {
        let missing = context.permissionLevel.scopes.subtracting(context.grantedScopes)
        guard missing.isEmpty else {
            return .fail(
                "Zendesk granted less than the level “\(context.permissionLevel.title)” needs.",
                remedy: "Reconnect and choose Allow for everything that Zendesk lists.", at: .oauthClients,
                evidence: ["granted": context.grantedScopes.text, "missing": missing.text])
        }
        return proof(await context.client.usersPage(), context)
    }

    private func proof(_ answer: ZendeskAnswer<UsersPage>, _ context: PreflightContext) -> Finding {
        switch answer {
        case .value: return works(context)
        case .refused(.scopeMissing(let names), _):
            return .fail(
                "Zendesk refuses calls with this token, because permissions are missing.",
                remedy:
                    "Reconnect; if it happens again, have the operator check the allowed scopes of the OAuth client.",
                at: .oauthClients, evidence: ["any_one_of": names.joined(separator: " ")])
        case .refused(let refusal, let evidence):
            return Unanswered.finding(refusal, evidence: evidence, asking: "for the list of users")
        case .failed(let failure):
            return Unanswered.finding(failure, asking: "for the list of users")
        }
    }

    private func works(_ context: PreflightContext) -> Finding {
        let extra = context.grantedScopes.subtracting(context.permissionLevel.scopes)
        guard extra.isEmpty else {
            return .warn(
                "Zendesk granted more than the level “\(context.permissionLevel.title)” asks for.",
                remedy: "Have the operator check the scopes of the OAuth client, then reconnect.", at: .oauthClients,
                evidence: ["granted": context.grantedScopes.text, "not_asked_for": extra.text])
        }
        return .pass("A call with the granted permissions works.", evidence: ["granted": context.grantedScopes.text])
    }
}
