/// The description of all checks, made from the checks themselves: what `docs/preflight.md` holds.
package enum PreflightGuide {
    package static var markdown: String {
        ([introduction] + PreflightRunner.connectionChecks.map(section) + [shared]).joined(separator: "\n\n")
    }

    private static let introduction = """
        # Preflight

        Made from the checks in `Sources/Preflight/Checks/` by `make docs`; do not edit. A test compares.

        Preflight finds out whether a connection works, and where it does not, says why and how to mend it. Checks run side \
        by side as far as they do not need each other. A check whose needs failed is skipped and names the check that \
        failed. The verdict is `fail` when a check failed or was skipped, else `warn` when one warned, else `pass`. A full \
        run makes at most eight calls to Zendesk.

        The first five checks need nobody signed in and send no token. `POST /v1/preflight`, the page `/diagnostics` and \
        `latchkey preflight SUBDOMAIN` run these alone.

        What cannot be told is a warning that says so. Words in braces are filled in when it happens. What only the operator \
        of this gateway can do stands apart, and is not shown to an organization's own people.


        """ + table

    private static var table: String {
        let rows = PreflightRunner.connectionChecks.map { check in
            let needs = check.needs.map { "`\($0.rawValue)`" }.joined(separator: ", ")
            return "| `\(check.code.rawValue)` | \(check.code.title) | \(needs.isEmpty ? "nothing" : needs) "
                + "| \(check.timeLimit.components.seconds) s |"
        }
        return (["| check | what is well when it passes | needs | limit |", "|---|---|---|---|"] + rows).joined(
            separator: "\n")
    }

    private static func section(_ check: any Check) -> String {
        let usual = Unanswered.outcomes.allSatisfy(check.outcomes.contains)
        let own = check.outcomes.filter { !usual || !Unanswered.outcomes.contains($0) }
        let tail =
            usual ? "\n\nBeside these, it ends as any [question without an answer](#questions-without-an-answer)." : ""
        return "## `\(check.code.rawValue)`\n\n\(check.question)\n\n\(outcomes(own))\(tail)"
    }

    private static var shared: String {
        "## Questions without an answer\n\nHow a check ends whose question got no usable answer, after Zendesk has said who is "
            + "signed in. A check that is still without an ending at its limit fails: "
            + "“\(PreflightRunner.late.message)”\n\n" + outcomes(Unanswered.outcomes)
    }

    private static func outcomes(_ outcomes: [Outcome]) -> String {
        outcomes.map { outcome in
            let head = "* **\(outcome.status.rawValue)**: \(outcome.message)"
            let steps = outcome.steps.enumerated().map { "  \($0.offset + 1). \($0.element)" }
            let ours = outcome.forOperator.map { ["  * For the operator: \($0)"] } ?? []
            return ([head] + steps + ours).joined(separator: "\n")
        }.joined(separator: "\n")
    }
}
