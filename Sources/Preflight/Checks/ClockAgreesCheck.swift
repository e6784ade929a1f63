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

    static let agrees = Outcome.pass("Our clock and Zendesk's agree.")
    static let untold = Outcome.warn(
        "Zendesk's answer did not say what time it is there.", "Run the checks again; nothing needs to be mended.")
    static let apart = Outcome.warn(
        "Our clock is {seconds} seconds {direction} Zendesk's.",
        Steps.notYours,
        forOperator: "Check the time synchronization of this gateway.")
    static let far = Outcome.fail(
        "Our clock is {seconds} seconds {direction} Zendesk's.",
        Steps.notYours,
        forOperator: "Set the clock of this gateway, switch time synchronization on, and run this again.")

    package func run(in context: PreflightContext) async -> Finding {
        let answer = await context.publicLocales
        guard let text = answer.value.evidence?.date, let theirs = HTTPDate.parse(text) else {
            return Self.untold.finding(["reason": "no_date"])
        }
        let compared = ClockComparison(ours: answer.at, theirs: theirs)
        let evidence = [
            "difference_seconds": String(compared.isBehind ? -compared.seconds : compared.seconds)
        ]
        let words = ["seconds": String(compared.seconds), "direction": compared.direction]
        return switch compared.standing {
        case .agrees: Self.agrees.finding(evidence)
        case .apart: Self.apart.finding(evidence, filling: words)
        case .far: Self.far.finding(evidence, filling: words)
        }
    }
}
