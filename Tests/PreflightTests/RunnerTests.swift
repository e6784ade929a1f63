import Foundation
import GatewayCore
import Synchronization
import TestSupport
import ZendeskEmulator
import Testing

@testable import Preflight

/// A check that gives what it was told to.
private struct Told: Check {
    let code: CheckCode
    var needs: [CheckCode] = []
    var timeLimit = Duration.seconds(15)
    let question = "Told."
    let outcomes: [Outcome] = []
    var finding: @Sendable () async -> Finding = { .pass("fine") }

    func run(in context: PreflightContext) async -> Finding { await finding() }
}

@Suite("Runner") struct RunnerTests {
    private let failing: @Sendable () async -> Finding = { .fail("no", remedy: "mend it") }

    @Test func `checks that need nothing of each other run at the same time, and the report keeps its order`()
        async throws
    {
        let codes: [CheckCode] = [.refreshWorks, .tokenAccepted, .guideRoleAdmin]
        // Each waits for all the others to have begun: one after the other, nobody would ever end.
        let begun = Mutex(0)
        let checks = codes.map { code in
            Told(code: code) {
                begun.withLock { $0 += 1 }
                while begun.withLock({ $0 }) < codes.count, !Task.isCancelled { await Task.yield() }
                return .pass("fine")
            }
        }
        let report = try await run(checks)
        #expect(report.checks.map(\.status) == [.pass, .pass, .pass])
        #expect(report.checks.map(\.code) == codes.map(\.rawValue))
    }

    @Test func `a check begins when those it needs have ended, and not before`() async throws {
        let ended = Mutex<Set<CheckCode>>([])
        func told(_ code: CheckCode, needs: [CheckCode] = []) -> Told {
            Told(code: code, needs: needs) {
                let early = ended.withLock { !$0.isSuperset(of: needs) }
                await Task.yield()
                ended.withLock { _ = $0.insert(code) }
                return early ? .fail("too early", remedy: "wait") : .pass("fine")
            }
        }
        let report = try await run([
            told(.identityKnown, needs: [.tokenAccepted, .hostResolves]), told(.tokenAccepted, needs: [.hostResolves]),
            told(.hostResolves), told(.guideRoleAdmin, needs: [.identityKnown]),
        ])
        #expect(report.verdict == "pass")
    }

    @Test func `each finding is told as soon as it is there, once, skipped ones too`() async throws {
        let told = Mutex<[CheckCode]>([])
        let (gate, open) = AsyncStream<Void>.makeStream()
        let checks = [
            Told(code: .hostResolves) {
                for await _ in gate { break }
                return .pass("last")
            },
            Told(code: .tokenAccepted, finding: failing), Told(code: .identityKnown, needs: [.tokenAccepted]),
        ]
        let report = await PreflightRunner(checks: checks).run(
            PreflightReportID(random: SystemRandomSource()), in: try AskedOrganization().context(), connection: nil
        ) { found in
            told.withLock { $0.append(found.code) }
            if found.code == .identityKnown { open.yield() }
        }
        #expect(told.withLock { $0 } == [.tokenAccepted, .identityKnown, .hostResolves])
        #expect(report.checks.map(\.code) == ["host.resolves", "token.accepted", "identity.known"])
    }

    @Test func `one check runs again with those it needs, and the others stay as they were`() async throws {
        let asked = try AskedOrganization("noguide")
        let earlier = try await asked.report()
        #expect(earlier.verdict == "fail")
        asked.standIn.update("noguide") { $0.people[0].guideRole = .admin }
        asked.transport.forget()
        let report = await PreflightRunner().run(
            PreflightReportID(random: SystemRandomSource()), only: .guideRoleAdmin, in: try asked.context(),
            connection: nil, earlier: earlier)
        #expect(report.verdict == "pass" && report.checks.map(\.code) == CheckCode.allCases.map(\.rawValue))
        #expect(asked.transport.calls.count == 3, "locales, users/me, entitlements")
        let (last, before) = (try #require(report.checks.last), try #require(earlier.checks.last))
        #expect(last.code == before.code && last.evidence == before.evidence && last.checked_at == earlier.started_at)
        #expect(report.checks.count { $0.checked_at == nil } == 6, "what the one check needs, and itself")
    }

    @Test func `what a check had held back runs with it, so that mending one fault shows the next`() async throws {
        let asked = try AskedOrganization()
        asked.standIn.update("acme") { organization in
            organization.people[0].role = .agent
            organization.switches.ipRestrictionEnabled = true
            organization.switches.ipRanges = "127.0.0.0/8"
        }
        let earlier = try await asked.report()
        #expect(earlier.checks.first { $0.code == "ip_restrictions.off" }?.status == .skipped)
        asked.standIn.update("acme") { $0.people[0].role = .admin }
        let report = await PreflightRunner().run(
            PreflightReportID(random: SystemRandomSource()), only: .supportRoleAdmin, in: try asked.context(),
            connection: nil, earlier: earlier)
        let statuses = Dictionary(uniqueKeysWithValues: report.checks.map { ($0.code, $0.status) })
        #expect(statuses["support_role.admin"] == .pass && statuses["ip_restrictions.off"] == .fail)
        #expect(statuses["plan.login_activity"] == .pass)
        #expect(!report.checks.contains { $0.status == .skipped })
    }

    @Test func `a finding that is taken over twice keeps its first date`() async throws {
        let asked = try AskedOrganization()
        var report = try await asked.report()
        let first = report.started_at
        for _ in 0..<2 {
            asked.clock.advance(by: 60)
            report = await PreflightRunner().run(
                PreflightReportID(random: SystemRandomSource()), only: .hostResolves, in: try asked.context(),
                connection: nil, earlier: report)
        }
        #expect(report.checks.last?.checked_at == first && report.checks.first?.checked_at == nil)
    }

    @Test func `a check is skipped because of the first one it needs that did not pass, and is not asked`() async throws
    {
        let asked = Mutex(false)
        let report = try await run([
            Told(code: .tokenAccepted), Told(code: .identityKnown, finding: failing),
            Told(code: .supportRoleAdmin, finding: failing),
            Told(code: .ipRestrictionsOff, needs: [.supportRoleAdmin, .identityKnown]) {
                asked.withLock { $0 = true }
                return .pass("fine")
            },
        ])
        #expect(report.checks[3].status == .skipped)
        #expect(report.checks[3].evidence == ["because": "identity.known"])
        #expect(report.checks[3].remedy == nil && !asked.withLock { $0 })
    }

    @Test func `what needs a skipped check is skipped because of the one that failed`() async throws {
        let report = try await run([
            Told(code: .tokenAccepted, finding: failing), Told(code: .identityKnown, needs: [.tokenAccepted]),
            Told(code: .scopesGranted, needs: [.identityKnown]), Told(code: .refreshWorks),
        ])
        #expect(report.checks.map(\.status) == [.fail, .skipped, .skipped, .pass])
        #expect(report.checks[2].evidence["because"] == "token.accepted")
    }

    @Test func `a warning skips nothing`() async throws {
        let report = try await run([
            Told(code: .identityKnown) { .warn("hm", remedy: "look") },
            Told(code: .scopesGranted, needs: [.identityKnown]),
        ])
        #expect(report.checks.map(\.status) == [.warn, .pass] && report.verdict == "warn")
    }

    @Test func `a check that hangs fails at its time limit, and the next one runs`() async throws {
        let report = try await run([
            Told(code: .tokenAccepted, timeLimit: .milliseconds(20)) {
                try? await Task.sleep(for: .seconds(3_600))
                return .pass("too late")
            },
            Told(code: .refreshWorks),
        ])
        #expect(report.checks.map(\.status) == [.fail, .pass])
        #expect(report.checks[0].evidence == ["reason": "time_limit"] && report.checks[0].remedy != nil)
    }

    @Test func `a check that does not even listen to its cancellation holds nobody up`() async throws {
        let (gate, open) = AsyncStream<Void>.makeStream()
        let waited = Mutex(false)
        // Ends a run that waits all the same.
        let watchdog = Task {
            try await Task.sleep(for: .seconds(5))
            waited.withLock { $0 = true }
            open.finish()
        }
        let report = try await run([
            Told(code: .tokenAccepted, timeLimit: .milliseconds(20)) {
                await Task { for await _ in gate {} }.value
                return .pass("too late")
            }
        ])
        watchdog.cancel()
        open.finish()
        #expect(report.checks[0].evidence == ["reason": "time_limit"])
        #expect(!waited.withLock { $0 })
    }

    @Test func `nobody waits for a run that was cancelled`() async throws {
        let (begun, begin) = AsyncStream<Void>.makeStream()
        let checks = [
            Told(code: .tokenAccepted) {
                begin.yield()
                try? await Task.sleep(for: .seconds(3_600))
                return .pass("too late")
            }
        ]
        let work = Task { try await run(checks) }
        for await _ in begun { break }
        work.cancel()
        #expect(try await work.value.verdict == "fail")
    }

    @Test(arguments: [
        ([CheckStatus.pass, .pass], Verdict.pass), ([.pass, .warn], .warn), ([.warn, .fail], .fail),
        ([.pass, .skipped], .fail), ([.warn, .skipped], .fail),
    ])
    func `the verdict is that of the worst, and what was skipped is not known to be fine`(
        statuses: [CheckStatus], verdict: Verdict
    ) {
        #expect(PreflightReport.verdict(of: statuses) == verdict)
    }

    @Test func `a connection is asked every question, each after those it needs`() {
        var seen: Set<CheckCode> = []
        for check in PreflightRunner.connectionChecks {
            #expect(seen.isSuperset(of: check.needs), "\(check.code) comes before what it needs")
            seen.insert(check.code)
        }
        #expect(seen == Set(CheckCode.allCases))
    }

    private func run(_ checks: [any Check]) async throws -> PreflightReport {
        await PreflightRunner(checks: checks).run(
            PreflightReportID(random: SystemRandomSource()), in: try AskedOrganization().context(),
            connection: nil)
    }
}
