import Foundation
import GatewayCore
import HTTPTypes
import OAuth
import Storage
import TestSupport
import Testing
import ZendeskEmulator

@testable import Gateway

/// Table 6.2, row by row, through the whole engine.
@Suite("Refresh outcomes") struct RefreshOutcomeTests {
    @Test("RT-17: token calls never use a kept-alive connection, and a refused one was certainly not sent")
    func notSent() async throws {
        try await withRefresh { gateway, connection async throws in
            gateway.transport.before { request throws(TransportFailure) in
                if request.path == "/oauth/tokens" { throw .connectionRefused }
                return nil
            }
            let result = try await gateway.forced(connection.id)
            #expect(result.code == "transport.connection_refused")
            #expect(try await gateway.now(connection.id).status == .active)
            #expect(gateway.transport.calls.allSatisfy { $0.request.limits.needsFreshConnection })
            #expect(gateway.transport.calls.count == 1, "nothing has to be asked about what was not sent")
            gateway.transport.before(nil)
            gateway.clock.advance(by: 120)
            try await gateway.runSchedule()
            #expect(try await gateway.now(connection.id).generation == 2 && gateway.tokenCalls == 2)
        }
    }

    @Test("RT-17: a connection closed at the moment of use is a doubt, and a doubt whose token lives is none")
    func closed() async throws {
        try await withRefresh { gateway, connection async throws in
            gateway.fault(.dropBefore)
            _ = try await gateway.forced(connection.id)
            #expect(try await gateway.now(connection.id).status == .inDoubt)
            gateway.clock.advance(by: 80)
            try await gateway.runSchedule()
            #expect(try await gateway.now(connection.id).generation == 2)
        }
    }

    struct Wait: Sendable {
        let header: String?
        /// Seconds since the connection was made at which the refusal comes.
        var after: TimeInterval = 600
        let seconds: ClosedRange<TimeInterval>
    }

    @Test(
        "RT-18: a 429 is obeyed in every form, never beyond what the token allows, and with jitter",
        arguments: [
            Wait(header: "120", seconds: 120...130), Wait(header: "date", seconds: 300...310),
            Wait(header: nil, seconds: 60...90), Wait(header: "soon", seconds: 60...90),
            Wait(header: "-5", seconds: 60...90), Wait(header: "0", seconds: 60...90),
            Wait(header: "99999999999999999999", seconds: 60...90),
            Wait(header: "9999999999", seconds: 86_400...86_410),
            Wait(header: "86400", after: 172_800 - 7_200, seconds: 900...900),
        ])
    func tooMany(wait: Wait) async throws {
        try await withRefresh { gateway, connection async throws in
            gateway.clock.advance(by: wait.after)
            var fields = HTTPFields()
            fields[.date] = "Sun, 06 Nov 1994 08:49:37 GMT"
            fields[.retryAfter] = wait.header == "date" ? "Sun, 06 Nov 1994 08:54:37 GMT" : wait.header
            gateway.answerTokens(429, "{}", headers: fields)
            _ = try await gateway.forced(connection.id)
            let pause = try await gateway.notBefore(connection).timeIntervalSince(gateway.clock.now)
            #expect(wait.seconds.contains(pause), "\(pause)")
            #expect(try await gateway.now(connection.id).status == .active)
            gateway.clock.advance(by: pause - 1)
            try await gateway.runSchedule()
            #expect(gateway.tokenCalls == 1)
            gateway.clock.advance(by: 2)
            try await gateway.runSchedule()
            #expect(try await gateway.now(connection.id).generation == 2 && gateway.tokenCalls == 2)
        }
    }

    @Test(
        "RT-18 RT-19: who forces a refresh waits as Zendesk asked, and otherwise the minute between two attempts",
        arguments: [
            Wait(header: "3000", seconds: 3_000...3_010), Wait(header: nil, seconds: 60...60),
        ])
    func forcedAgain(wait: Wait) async throws {
        try await withRefresh { gateway, connection async throws in
            gateway.clock.advance(by: wait.after)
            // So many failures that the pause we take by ourselves is long.
            for _ in 0..<8 {
                gateway.answerTokens(503, "{}")
                _ = try await gateway.forced(connection.id)
                gateway.clock.advance(by: 60)
            }
            var fields = HTTPFields()
            fields[.retryAfter] = wait.header
            gateway.answerTokens(503, "{}", headers: fields)
            _ = try await gateway.forced(connection.id)
            #expect(gateway.tokenCalls == 9, "once a minute it may be forced")
            let pause = try #require(try await gateway.schedule(of: connection.id).forcedNotBefore)
            let seconds = pause.timeIntervalSince(gateway.clock.now)
            #expect(wait.seconds.contains(seconds), "\(seconds)")
            gateway.clock.advance(by: seconds - 1)
            #expect(try await gateway.forced(connection.id).code == "backing_off")
            #expect(gateway.tokenCalls == 9)
            gateway.clock.advance(by: 2)
            #expect(try await gateway.forced(connection.id) == .current)
        }
    }

    @Test("RT-18: thousands that are told the same time do not come back in the same second")
    func jitterOfStatedTime() {
        let now = Date(timeIntervalSince1970: 1_790_000_000)
        let pauses = (0..<1_000).map { _ in
            RefreshTimes().retry(
                after: 0, retryAfter: 120, now: now, deadline: now.addingTimeInterval(86_400),
                random: SystemRandomSource()
            ).timeIntervalSince(now)
        }
        #expect(pauses.allSatisfy { (120...130).contains($0) })
        #expect((pauses.max() ?? 0) - (pauses.min() ?? 0) > 9 && Set(pauses).count > 900)
    }

    @Test("RT-18: thousands that are sent away together do not come back together")
    func jitter() {
        let times = RefreshTimes()
        let now = Date(timeIntervalSince1970: 1_790_000_000)
        let dates = (0..<1_000).map { _ in
            times.retry(after: 5, retryAfter: nil, now: now, deadline: nil, random: SystemRandomSource())
        }
        let pauses = dates.map { $0.timeIntervalSince(now) }.sorted()
        #expect(pauses[0] < 150 && pauses[999] > 850 && pauses[999] <= 900 && pauses[0] >= 60)
    }

    @Test(
        "RT-19: Zendesk fails for a minute, an hour, a day: at most one attempt a minute, and well again by itself",
        arguments: [1, 60, 1_440])
    func outage(minutes: Int) async throws {
        try await withRefresh { gateway, connection async throws in
            gateway.fault(.status, status: 500, times: 1_000_000)
            _ = try await gateway.forced(connection.id)
            // Looked at more often than anything may be sent; a whole day only by the minute.
            let step = minutes > 60 ? 60.0 : 10
            var (calls, lastAt) = (gateway.tokenCalls, gateway.clock.now)
            for _ in 0..<Int(Double(minutes) * 60 / step) {
                gateway.clock.advance(by: step)
                try await gateway.runSchedule()
                guard gateway.tokenCalls > calls else { continue }
                #expect(gateway.tokenCalls == calls + 1 && gateway.clock.now.timeIntervalSince(lastAt) >= 60)
                (calls, lastAt) = (gateway.tokenCalls, gateway.clock.now)
            }
            let told = try await gateway.now(connection.id)
            #expect(told.status == .active && told.generation == 1 && told.statusReason == nil)
            #expect(try await gateway.broker.accessToken(for: connection.id).generation == 1)
            #expect(gateway.tokenCalls <= 1 + minutes / 2 + 2, "\(gateway.tokenCalls) calls in \(minutes) minutes")
            gateway.standIn.clearFaults()
            gateway.clock.advance(by: 901)
            try await gateway.runSchedule()
            #expect(try await gateway.now(connection.id).generation == 2)
        }
    }

    @Test(
        "RT-19: a failure that may have rotated all the same is looked behind before anything is sent again",
        arguments: [
            (500, ""), (503, ""), (500, "<html>"), (503, #"{"error":"temporarily_unavailable"}"#),
            (400, #"{"error":"server_error"}"#), (400, #"{"error":"temporarily_unavailable"}"#),
        ])
    func failedAndRotated(status: Int, body: String) async throws {
        try await withRefresh { gateway, connection async throws in
            gateway.transport.after { request, response in
                guard request.path == "/oauth/tokens" else { return response }
                return OutboundResponse(
                    status: .init(code: status), headerFields: [.contentType: "application/json"],
                    body: Array(body.utf8))
            }
            _ = try await gateway.forced(connection.id)
            gateway.clock.advance(by: 120)
            try await gateway.runSchedule()
            #expect(gateway.tokenCalls == 1, "the same token was not sent a second time")
            #expect(try await gateway.now(connection.id).statusReason == "refresh.answer_lost")
        }
    }

    @Test("RT-19: whatever is due and however Zendesk fails, planned refreshes leave at the pace that is allowed")
    func budget() async throws {
        try await withRefresh { gateway, _ async throws in
            let connections = try await gateway.connectMore((0..<30).map { "org\($0)" })
            try await gateway.runSchedule()
            gateway.clock.advance(by: 86_401)
            gateway.fault(.status, status: 500, times: 1_000_000)
            let pauses = Count()
            let scheduler = RefreshScheduler(gateway.refresher) { duration in
                if duration == .milliseconds(40) { pauses.grow() }
                // A call that leaves without a pause before it would be counted here.
                for _ in 0..<20 { await Task.yield() }
                #expect(gateway.tokenCalls <= pauses.value + 1)
                try await Task.sleep(for: .milliseconds(1))
            }
            let running = Task { await scheduler.run() }
            try await gateway.eventually("each was tried") { gateway.tokenCalls > connections.count }
            running.cancel()
            await running.value
            #expect(pauses.value > connections.count && gateway.tokenCalls == connections.count + 1)
            #expect(RefreshLimits().perSecond <= 25)
        }
    }

    @Test("RT-19: where nobody can look behind a failure, nothing is sent before the access token has run out")
    func failedAndSilent() async throws {
        try await withRefresh { gateway, connection async throws in
            gateway.fault(.status, status: 500)
            gateway.fault(.status, path: "/api/*", status: 503, times: 1_000_000)
            _ = try await gateway.forced(connection.id)
            for _ in 0..<20 {
                gateway.clock.advance(by: 1_000)
                try await gateway.runSchedule()
            }
            #expect(gateway.tokenCalls == 1)
            gateway.clock.advance(by: 172_800)
            try await gateway.runSchedule()
            #expect(try await gateway.now(connection.id).generation == 2)
            #expect(try await gateway.recorded(.refreshRepeated).count == 1, "it is marked in the log")
        }
    }

    @Test(
        "RT-20: while an answer takes long there is one request, and no second process joins in",
        arguments: [5, 15, 60])
    func slow(seconds: Int) async throws {
        try await withRefresh { gateway, connection async throws in
            let stall = gateway.stallTokens()
            let first = Task { try await gateway.forced(connection.id) }
            await stall.untilReached()
            let other = gateway.node()
            gateway.clock.advance(by: TimeInterval(seconds))
            try await gateway.runSchedule(other)
            #expect(gateway.tokenCalls == 0, "the one request is still on its way")
            let entry = try #require(try await gateway.store.refreshState(of: connection.id)?.entry)
            #expect(entry.phase == (seconds < 35 ? .begun : .inDoubt))
            stall.letGo()
            #expect(try await first.value == .current)
            let times = RefreshTimes()
            let limits = try #require(gateway.transport.calls(to: "/oauth/tokens").first).request.limits
            #expect(limits.deadline <= .seconds(times.callTime) && limits.deadline > .seconds(15))
            #expect(times.hold > times.sendWindow + times.callTime, "nobody takes over while a request may be open")
            #expect(try await gateway.now(connection.id).generation == 2 && gateway.tokenCalls == 1)
        }
    }

    @Test("RT-33: a renamed or closed organization keeps its tokens, says so, and goes on when it is back")
    func renamed() async throws {
        try await withRefresh { gateway, connection async throws in
            gateway.standIn.update("acme") { $0.switches.account = .gone }
            _ = try await gateway.forced(connection.id)
            let told = try await gateway.now(connection.id)
            #expect(told.status == .active && told.statusReason == "organization.unreachable")
            gateway.clock.advance(by: 1_000)
            try await gateway.runSchedule()
            #expect(gateway.tokenCalls == 1, "asked rarely")
            gateway.standIn.update("acme") { $0.switches.account = .open }
            gateway.clock.advance(by: 1_000)
            try await gateway.runSchedule()
            let back = try await gateway.now(connection.id)
            #expect(back.generation == 2 && back.status == .active && back.statusReason == nil)
        }
    }

    @Test("a redirect of the token endpoint is followed by nobody")
    func redirect() async throws {
        try await withRefresh { gateway, connection async throws in
            gateway.answerTokens(307, "", headers: [.location: "https://elsewhere.example/oauth/tokens"])
            _ = try await gateway.forced(connection.id)
            #expect(gateway.transport.calls.count == 1)
            #expect(try await gateway.now(connection.id).statusReason == "organization.unreachable")
            gateway.clock.advance(by: 1_801)
            try await gateway.runSchedule()
            #expect(try await gateway.now(connection.id).generation == 2)
        }
    }

    @Test("a success nobody can read is a doubt: lost where Zendesk rotated")
    func truncated() async throws {
        try await withRefresh { gateway, connection async throws in
            gateway.fault(.malformed)
            let result = try await gateway.forced(connection.id)
            #expect(result == .needsReauthorization(reason: "refresh.answer_lost"))
        }
    }

    @Test(
        "an answer of somebody in between is a doubt, resolved by itself where Zendesk had not rotated",
        arguments: [(200, "{\"access_token\":"), (204, ""), (502, "<html>"), (504, "<html>"), (520, "<html>")])
    func inBetween(status: Int, body: String) async throws {
        try await withRefresh { gateway, connection async throws in
            gateway.answerTokens(status, body)
            _ = try await gateway.forced(connection.id)
            let told = try await gateway.now(connection.id)
            #expect(told.status == .inDoubt && told.statusReason == "refresh.in_doubt")
            gateway.clock.advance(by: 80)
            try await gateway.runSchedule()
            let later = try await gateway.now(connection.id)
            #expect(later.generation == 2 && later.status == .active)
        }
    }
}

extension RefreshResult {
    /// Why not now; nil for everything else.
    var code: String? { if case .notNow(let code, _) = self { code } else { nil } }
}

extension SampleGateway {
    func notBefore(_ connection: Connection) async throws -> Date {
        try #require(try await schedule(of: connection.id).notBefore)
    }

    /// Token requests wait until they are let go; then they go on to the stand-in.
    func stallTokens(of organization: String? = nil) -> Stall {
        let stall = Stall()
        transport.before { request throws(TransportFailure) in
            if request.path == "/oauth/tokens", organization == nil || request.organization.subdomain == organization {
                await stall.wait()
            }
            return nil
        }
        return stall
    }
}
