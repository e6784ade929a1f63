import GatewayCore
import Zendesk

/// `tls.valid`: something answers there, and proves to be who it should.
package struct TLSValidCheck: Check {
    package let code = CheckCode.tlsValid
    package let needs: [CheckCode] = [.hostResolves]
    package let timeLimit = Duration.seconds(10)
    package let question = """
        Opens a connection of its own and verifies the certificate against the public authorities and the organization's \
        name. Nothing is sent before.
        """
    package let outcomes = [genuine, plain, refused, slow, handshakeFailed, untrusted]

    static let genuine = Outcome.pass("The connection is encrypted, and the certificate belongs to the organization.")
    static let plain = Outcome.pass(
        "The stand-in for Zendesk is spoken to without encryption, which only works on this machine.")
    static let refused = Outcome.fail(
        "The address of the organization takes no connections.", Steps.wait,
        Steps.handOver,
        forOperator: "Check that this gateway may call out on port 443.")
    static let slow = Outcome.fail(
        "A connection to the organization could not be opened in time.", Steps.wait,
        Steps.handOver,
        forOperator: "Check that this gateway may call out on port 443.")
    static let handshakeFailed = Outcome.fail(
        "The organization and this gateway could not agree on an encrypted connection.",
        Steps.wait,
        Steps.handOver,
        forOperator: "Look for a proxy between this gateway and Zendesk.")
    static let untrusted = Outcome.fail(
        "The certificate shown at the organization's address is not to be trusted. Zendesk does this to accounts that are "
            + "suspended; a proxy in between does it as well.",
        "Have the account owner open Admin Center, Account, Billing, Subscription and check that the subscription is paid.",
        "If it is, hand this report to support.",
        forOperator: "If the subscription is paid, look for a proxy between this gateway and Zendesk.")

    package func run(in context: PreflightContext) async -> Finding {
        let good = context.organization.policy.usesPlainHTTP ? Self.plain : Self.genuine
        guard case .failed(let failure) = await context.publicLocales.value else { return good.finding() }
        let evidence = ["reason": failure.rawValue]
        return switch failure {
        case .connectionRefused: Self.refused.finding(evidence)
        case .connectTimedOut: Self.slow.finding(evidence)
        case .tlsFailed: Self.handshakeFailed.finding(evidence)
        case .certificateUntrusted: Self.untrusted.finding(evidence)
        default: good.finding()
        }
    }
}
