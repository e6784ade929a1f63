import FoundationEssentials
import GatewayCore
import Preflight
import Storage

/// One run of the history, or several in a row that found the same.
struct StretchJSON: Encodable {
    struct Change: Encodable {
        let code: String
        let before: String
        let now: String
    }

    /// Of the last run.
    let id: String
    let verdict: String
    let started_at: String
    let first_started_at: String
    let runs: Int
    /// What did not pass, by code.
    let not_passed: [String: String]
    /// Since the run before; left out where there is none.
    let changes: [Change]?

    init(_ stretch: PreflightStretch, before: PreflightStretch?) {
        id = stretch.report.text
        verdict = stretch.verdict.rawValue
        started_at = stretch.lastAt.formatted(.iso8601)
        first_started_at = stretch.firstAt.formatted(.iso8601)
        runs = stretch.runs
        not_passed = PreflightChange.statuses(stretch.outcomes).mapValues(\.rawValue)
        changes = before.map { before in
            PreflightChange.between(before.outcomes, and: stretch.outcomes).map {
                Change(code: $0.code, before: $0.before.rawValue, now: $0.now.rawValue)
            }
        }
    }
}
