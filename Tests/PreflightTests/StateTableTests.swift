import TestSupport
import Testing

@testable import Preflight

@Suite("The five states of each check") struct StateTableTests {
    @Test(arguments: CheckCode.allCases)
    func `every check has each state in the table, or the reason why it has not`(code: CheckCode) {
        for state in CheckState.allCases {
            let isShown = StateTable.rows.contains { $0.code == code && $0.state == state }
            let reason = StateTable.never[code]?[state]
            #expect(isShown || reason != nil, "\(code.rawValue) has no row for “\(state.rawValue)”, and no reason")
            #expect(!isShown || reason == nil, "\(code.rawValue) is said never to be “\(state.rawValue)”, and is")
        }
    }

    @Test(arguments: CheckCode.allCases)
    func `every ending that a check describes is in the table, and every other one is none of its own`(
        code: CheckCode
    ) throws {
        let check = try #require(PreflightRunner.connectionChecks.first { $0.code == code })
        let shown = StateTable.rows.filter { $0.code == code }.compactMap(\.outcome)
        let excused = StateTable.unreachable[code] ?? []
        for outcome in check.outcomes {
            let isShown = shown.contains(outcome)
            #expect(isShown != excused.contains(outcome), "\(code.rawValue): \(outcome.message)")
        }
        #expect(shown.allSatisfy(check.outcomes.contains), "\(code.rawValue)")
    }

    @Test(arguments: StateTable.rows)
    func `the stand-in brings each state about, and the report has it in the words of the description`(row: StateRow)
        async throws
    {
        var asked = try AskedOrganization()
        row.seed(&asked)
        let report = try await asked.report()
        let check = try #require(report.checks.first { $0.code == row.code.rawValue })
        #expect(check.status == row.state.status && row.fits(check.message), "\(check)")
        #expect(
            (check.for_operator == nil) == (row.outcome?.forOperator == nil)
                && check.steps?.count ?? 0 == row.outcome?.steps.count ?? 0)
        if let ours = row.outcome?.forOperator { #expect(StateRow.fits(check.for_operator ?? "", ours), "\(check)") }
        #expect((check.remedy == nil) == [.pass, .skipped].contains(check.status))
        if let cause = row.cause { #expect(check.evidence == ["because": cause.rawValue]) }
        let told = [check.message, check.remedy ?? "", check.for_operator ?? ""].joined()
        #expect(!told.contains("{") && !told.contains("}"), "\(told)")
    }
}
