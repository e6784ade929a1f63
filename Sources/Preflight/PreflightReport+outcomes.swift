import GatewayCore

extension PreflightReport {
    /// What did not pass, as one short text: `guide_role.admin=fail plan.login_activity=warn`. For the history.
    package var outcomes: String {
        checks.filter { $0.status != .pass }.map { "\($0.code)=\($0.status.rawValue)" }.joined(separator: " ")
    }

    /// The first check that failed, by its code; the others may only follow from it.
    package var firstFailure: String? { checks.first { $0.status == .fail }?.code }

    /// True when a check was told that the token is dead.
    package var namesDeadToken: Bool { checks.contains { $0.evidence["reason"] == "token_dead" } }

    /// True when nothing failed but reaching Zendesk, which says nothing about the connection: an outage is no fault of the
    /// organization's, and never makes a connection fail that passed before.
    package var isOutage: Bool {
        let failed = checks.filter { $0.status == .fail }
        return !failed.isEmpty && failed.allSatisfy { $0.evidence["reason"].map(Self.passing.contains) ?? false }
    }

    /// What goes away by itself. A name without address and a bad certificate do not.
    private static let passing: Set<String> =
        Set(
            [
                TransportFailure.nameServerFailed, .nameLookupTimedOut, .connectionRefused, .connectTimedOut,
                .tlsFailed, .timedOut, .closedEarly, .outOfDescriptors,
            ].map(\.rawValue)
        ).union(["rate_limited", "unavailable", "html", "time_limit", "stopped"])

    func heldBack(by codes: Set<CheckCode>) -> [CheckCode] {
        checks.filter { check in
            check.status == .skipped
                && check.evidence["because"].flatMap(CheckCode.init).map(codes.contains) ?? false
        }.compactMap { CheckCode(rawValue: $0.code) }
    }
}

/// How the findings of two runs differ, check by check.
package struct PreflightChange: Sendable, Equatable {
    package let code: String
    package let before: CheckStatus
    package let now: CheckStatus

    /// In the order of the report. Texts as `PreflightReport.outcomes` makes them; what is not named has passed.
    package static func between(_ earlier: String, and later: String) -> [PreflightChange] {
        let (earlier, later) = (statuses(earlier), statuses(later))
        let known = CheckCode.allCases.map(\.rawValue)
        let others = Set(earlier.keys).union(later.keys).subtracting(known).sorted()
        return (known + others).compactMap { code in
            let (before, now) = (earlier[code] ?? .pass, later[code] ?? .pass)
            return before == now ? nil : PreflightChange(code: code, before: before, now: now)
        }
    }

    /// What did not pass, by code.
    package static func statuses(_ outcomes: String) -> [String: CheckStatus] {
        outcomes.split(separator: " ").reduce(into: [:]) { found, pair in
            let pieces = pair.split(separator: "=")
            guard pieces.count == 2, let status = CheckStatus(rawValue: String(pieces[1])) else { return }
            found[String(pieces[0])] = status
        }
    }

    /// A code of a version that knew more checks is its own title.
    package var title: String { CheckCode(rawValue: code)?.title ?? code }
}
