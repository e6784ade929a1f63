import FoundationEssentials
import GatewayCore
import Zendesk

/// `clock.agrees`: our clock and Zendesk's show the same time.
package struct ClockAgreesCheck: Check {
    package let code = CheckCode.clockAgrees
    package let needs: [CheckCode] = [.hostResolves, .tlsValid]
    package let timeLimit = Duration.seconds(10)
    package let question = """
        Compares our clock with the `Date` header of the first answer. Within a minute all is well; beyond five minutes \
        tokens are taken for alive or dead when they are not, and the sync asks for times that Zendesk refuses.
        """
    package let outcomes = [agrees, untold, apart, far]

    /// An answer takes seconds and the header counts whole ones, so less says nothing.
    static let tolerance: TimeInterval = 60
    static let limit: TimeInterval = 300

    static let agrees = Outcome.pass("Our clock and Zendesk's agree.")
    static let untold = Outcome.warn(
        "Zendesk's answer did not say what time it is there.", "Run this again; nothing needs to be mended.")
    static let apart = Outcome.warn(
        "Our clock is {seconds} seconds {direction} Zendesk's.",
        "Nothing needs to be mended at Zendesk; hand this report to support.",
        forOperator: "Check the time synchronization of this gateway.")
    static let far = Outcome.fail(
        "Our clock is {seconds} seconds {direction} Zendesk's.",
        "Nothing needs to be mended at Zendesk; hand this report to support.",
        forOperator: "Set the clock of this gateway, switch time synchronization on, and run this again.")

    package func run(in context: PreflightContext) async -> Finding {
        let answer = await context.publicLocales
        guard let text = answer.value.evidence?.date, let theirs = HTTPDate.parse(text) else {
            return Self.untold.finding(["reason": "no_date"])
        }
        let difference = answer.at.timeIntervalSince(theirs)
        let seconds = Int(min(difference.magnitude, 1e15).rounded())
        let evidence = ["difference_seconds": String(difference < 0 ? -seconds : seconds)]
        let words = ["seconds": String(seconds), "direction": difference < 0 ? "behind" : "ahead of"]
        return switch difference.magnitude {
        case ...Self.tolerance: Self.agrees.finding(evidence)
        case ...Self.limit: Self.apart.finding(evidence, filling: words)
        default: Self.far.finding(evidence, filling: words)
        }
    }
}
