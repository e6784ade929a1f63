import FoundationEssentials
package import GatewayCore

/// Runs checks in order and makes one report of what they found.
package struct PreflightRunner: Sendable {
    /// Every check of a connection, each after those it needs.
    package static let connectionChecks: [any Check] = [
        TokenAcceptedCheck(), IdentityKnownCheck(), ScopesGrantedCheck(), SupportRoleCheck(), GuideRoleCheck(),
        IPRestrictionsCheck(), RefreshWorksCheck(),
    ]

    private let checks: [any Check]

    package init(checks: [any Check] = PreflightRunner.connectionChecks) {
        self.checks = checks
    }

    package func run(
        _ id: PreflightReportID, in context: PreflightContext, connection: ConnectionID?
    ) async -> PreflightReport {
        let clock = ContinuousClock()
        let start = clock.now
        var findings: [CheckedFinding] = []
        for check in checks {
            let begun = clock.now
            let finding = await finding(of: check, in: context, after: findings)
            findings.append(
                CheckedFinding(
                    code: check.code, finding: finding, durationMilliseconds: (clock.now - begun).wholeMilliseconds))
        }
        return PreflightReport(
            id: id, organization: context.organization, connection: connection, startedAt: context.now,
            durationMilliseconds: (clock.now - start).wholeMilliseconds, findings: findings)
    }

    private func finding(
        of check: any Check, in context: PreflightContext, after earlier: [CheckedFinding]
    ) async -> Finding {
        let blocking = earlier.first { found in
            check.needs.contains(found.code) && [.fail, .skipped].contains(found.finding.status)
        }
        if let blocking { return .skipped(because: blocking.code) }
        return await limited(check, in: context)
    }

    /// A check that hangs is a finding too. Its task is left behind rather than waited for, as a task group would: a check
    /// that does not listen to its cancellation must not hold up the others.
    private func limited(_ check: any Check, in context: PreflightContext) async -> Finding {
        let (answers, answer) = AsyncStream<Finding>.makeStream(bufferingPolicy: .bufferingOldest(1))
        let work = Task { answer.yield(await check.run(in: context)) }
        let limit = Task {
            try await Task.sleep(for: check.timeLimit)
            answer.finish()
        }
        defer {
            work.cancel()
            limit.cancel()
        }
        // Nil at the time limit, and when the run itself was cancelled.
        for await finding in answers { return finding }
        return .fail(
            "Zendesk did not answer this check in time.", remedy: "Wait a few minutes and run it again.",
            evidence: ["reason": "time_limit"])
    }
}

extension Duration {
    fileprivate var wholeMilliseconds: Int {
        Int(components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000)
    }
}
