import GatewayCore
import Zendesk

/// `host.resolves`: the organization's name leads to an address on the public internet.
///
/// A name without addresses and one that leads into a network of ours are one and the same ending: whoever may ask for a
/// check must not learn from it what our name servers know about the inside.
package struct HostResolvesCheck: Check {
    package let code = CheckCode.hostResolves
    package let needs: [CheckCode] = []
    package let timeLimit = Duration.seconds(10)
    package let question = """
        Looks up the address of the organization's name. Addresses at which no customer can live (private, loopback, \
        reserved) count as none.
        """
    package let outcomes = [found, slow, serverFailed, none]

    static let found = Outcome.pass("The name of the organization has an address.")
    static let none = Outcome.fail(
        "There is no address on the public internet for this name.",
        "Compare the subdomain letter by letter with the address in your browser when you work in Zendesk.",
        "If the account was renamed, connect it under its new name.")
    static let serverFailed = Outcome.fail(
        "The name servers gave no usable answer for this name.", Steps.wait,
        Steps.handOver, forOperator: "Check the name servers of this gateway.")
    static let slow = Outcome.fail(
        "The name servers did not answer in time.", Steps.wait,
        Steps.handOver, forOperator: "Check the name servers of this gateway.")

    package func run(in context: PreflightContext) async -> Finding {
        guard case .failed(let failure) = await context.publicLocales.value else { return Self.found.finding() }
        return switch failure {
        case .nameNotFound, .addressRefused: Self.none.finding(["reason": TransportFailure.nameNotFound.rawValue])
        case .nameServerFailed: Self.serverFailed.finding(["reason": failure.rawValue])
        case .nameLookupTimedOut: Self.slow.finding(["reason": failure.rawValue])
        default: Self.found.finding()
        }
    }
}
