import FoundationEssentials
package import GatewayCore

/// Runs checks side by side and makes one report of what they found.
package struct PreflightRunner: Sendable {
    /// What can be seen before anybody signs in.
    package static let coldChecks: [any Check] = [
        HostResolvesCheck(), TLSValidCheck(), OrganizationExistsCheck(), ClockAgreesCheck(), OAuthClientKnownCheck(),
    ]

    /// Every check of a connection, each after those it needs.
    package static let connectionChecks: [any Check] =
        coldChecks + [
            TokenAcceptedCheck(), IdentityKnownCheck(), ScopesGrantedCheck(), SupportRoleCheck(), GuideRoleCheck(),
            IPRestrictionsCheck(), LoginActivityCheck(), RateLimitCheck(), RefreshWorksCheck(),
        ]

    package let checks: [any Check]

    package init(checks: [any Check] = PreflightRunner.connectionChecks) {
        self.checks = checks
    }

    /// `onFinding` hears of each finding as soon as it is there, in the order of their coming.
    package func run(
        _ id: PreflightReportID, in context: PreflightContext, connection: ConnectionID?,
        onFinding: @Sendable (CheckedFinding) -> Void = { _ in }
    ) async -> PreflightReport {
        let (start, startedAt) = (ContinuousClock.now, context.clock.now)
        let found = await findings(in: context, onFinding)
        return PreflightReport(
            id: id, organization: context.organization, connection: connection, startedAt: startedAt,
            durationMilliseconds: (ContinuousClock.now - start).wholeMilliseconds,
            findings: checks.compactMap { found[$0.code] })
    }

    /// Only this check, those it needs, and those that were skipped because of one of these. Takes the other findings from
    /// the earlier report.
    package func run(
        _ id: PreflightReportID, only code: CheckCode, in context: PreflightContext, connection: ConnectionID?,
        earlier: PreflightReport, onFinding: @Sendable (CheckedFinding) -> Void = { _ in }
    ) async -> PreflightReport {
        let wanted = closure(of: code)
        let heldBack = earlier.heldBack(by: wanted).reduce(into: wanted) { $0.formUnion(closure(of: $1)) }
        let part = PreflightRunner(checks: checks.filter { heldBack.contains($0.code) })
        let report = await part.run(id, in: context, connection: connection, onFinding: onFinding)
        return report.completed(from: earlier, order: checks.map(\.code))
    }

    /// The checks that run when only this one is asked for and nothing was skipped.
    package func closure(of code: CheckCode) -> Set<CheckCode> {
        guard let check = checks.first(where: { $0.code == code }) else { return [] }
        return check.needs.reduce(into: [code]) { $0.formUnion(closure(of: $1)) }
    }

    /// One round for each check that ends: it sets free those that waited for it.
    private func findings(
        in context: PreflightContext, _ onFinding: (CheckedFinding) -> Void
    ) async -> [CheckCode: CheckedFinding] {
        let (endings, end) = AsyncStream<CheckedFinding>.makeStream()
        var work: [Task<Void, Never>] = []
        var waiting = checks
        var found: [CheckCode: CheckedFinding] = [:]
        func startWhatCan() {
            while let index = waiting.firstIndex(where: { isReady($0, found) }) {
                let check = waiting.remove(at: index)
                if let skipped = skipped(check, found) {
                    found[check.code] = skipped
                    onFinding(skipped)
                } else {
                    work.append(Task { end.yield(await Self.timed(check, in: context)) })
                }
            }
        }
        defer { for task in work { task.cancel() } }
        startWhatCan()
        while found.count < checks.count, let ending = await endings.first(where: { _ in true }) {
            found[ending.code] = ending
            onFinding(ending)
            startWhatCan()
        }
        // Only a run that was cancelled ends without all of them.
        for check in checks where found[check.code] == nil {
            found[check.code] = CheckedFinding(
                code: check.code, finding: Self.stopped.finding(["reason": "stopped"]), durationMilliseconds: 0)
        }
        return found
    }

    private func isReady(_ check: any Check, _ found: [CheckCode: CheckedFinding]) -> Bool {
        check.needs.allSatisfy { need in found[need] != nil || !checks.contains { $0.code == need } }
    }

    /// Names the check that failed, not one that was skipped on the way.
    private func skipped(_ check: any Check, _ found: [CheckCode: CheckedFinding]) -> CheckedFinding? {
        let needed = checks.lazy.filter { check.needs.contains($0.code) }.compactMap { found[$0.code] }
        guard let blocking = needed.first(where: \.finding.blocks) else { return nil }
        let root = blocking.finding.evidence["because"].flatMap(CheckCode.init) ?? blocking.code
        return CheckedFinding(code: check.code, finding: .skipped(because: root), durationMilliseconds: 0)
    }

    private static func timed(_ check: any Check, in context: PreflightContext) async -> CheckedFinding {
        let begun = ContinuousClock.now
        let finding = await limited(check, in: context)
        return CheckedFinding(
            code: check.code, finding: finding, durationMilliseconds: (ContinuousClock.now - begun).wholeMilliseconds)
    }

    /// A check that hangs is a finding too. Its task is left behind rather than waited for, as a task group would: a check
    /// that does not listen to its cancellation must not hold up the others.
    private static func limited(_ check: any Check, in context: PreflightContext) async -> Finding {
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
        return late.finding(["reason": "time_limit"])
    }

    static let late = Outcome.fail(
        "Zendesk did not answer this check in time.", "Wait a few minutes and run it again.")
    static let stopped = Outcome.fail("The run was stopped before this check ended.", "Run it again.")
}

extension Duration {
    fileprivate var wholeMilliseconds: Int {
        Int(components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000)
    }
}
