import Foundation
import Gateway
import GatewayCore
import Preflight
import Storage
import TestSupport
import Testing
import ZendeskEmulator

@Suite("Monitoring of connections") struct PreflightMonitorTests {
    private static let hour: TimeInterval = 60 * 60

    @Test func `each connection has times of its own, four a day, for ever the same, and many fill the day evenly`() {
        let start = Date(timeIntervalSince1970: 1_790_000_000)
        let ids = (0..<6_000).map { _ in ConnectionID(random: SystemRandomSource()) }
        var perHour = [Int](repeating: 0, count: 6)
        for id in ids {
            let first = PreflightTimetable.next(after: start, for: id)
            #expect(first > start && first.timeIntervalSince(start) <= 6 * Self.hour)
            #expect(PreflightTimetable.next(after: first, for: id) == first.addingTimeInterval(6 * Self.hour))
            #expect(PreflightTimetable.next(after: first.addingTimeInterval(-1), for: id) == first)
            perHour[min(5, Int(first.timeIntervalSince(start) / Self.hour))] += 1
        }
        // A thousand each; five standard deviations are 145.
        #expect(perHour.allSatisfy { (855...1_145).contains($0) }, "\(perHour)")
    }

    @Test func `over a day a healthy connection is looked at four times, wholly once, and costs at most 24 calls`()
        async throws
    {
        try await withGateway { gateway in
            let connection = try await gateway.connect()
            _ = try await gateway.diagnostics.run(connection, actor: .system)
            let reports = try await gateway.runs(of: connection)
            gateway.transport.forget()
            var looks = 0
            for _ in 0..<(24 * 6) {
                gateway.clock.advance(by: 600)
                looks += try await gateway.monitor.lookAtDue()
            }
            // The first comes ten minutes after connecting, for the case that its run never ended.
            #expect((4...5).contains(looks))
            #expect(try await gateway.runs(of: connection) - reports == 1)
            #expect(gateway.transport.calls.count <= 24, "\(gateway.transport.calls.count)")
            #expect(try await gateway.store.connection(connection.id)?.preflight?.verdict == .pass)
        }
    }

    @Test func `what is not due costs no call and nothing else`() async throws {
        try await withGateway { gateway in
            try await gateway.connect()
            gateway.transport.forget()
            for _ in 0..<100 { try await gateway.monitor.lookAtDue() }
            #expect(gateway.transport.calls.isEmpty)
        }
    }

    /// What changes at Zendesk between two whole runs, and the check that tells of it.
    private static let drifts: [(String, String)] = [
        ("downgraded", "support_role.admin"), ("suspended", "support_role.admin"), ("revoked", "token.accepted"),
        ("client", "oauth_client.known"), ("unpaid", "organization.exists"),
    ]

    @Test(arguments: drifts)
    func `drift is noticed at the next look, is told as an event, and takes the connection from sync`(
        drift: String, code: String
    ) async throws {
        try await withGateway { gateway in
            let connection = try await gateway.healthyConnection()
            gateway.bring(about: drift)
            try await gateway.waitForLook()
            let kept = try #require(try await gateway.store.connection(connection.id))
            #expect(kept.preflight?.verdict == .fail && kept.sync.state == .waitingForPreflight)
            let changes = try await gateway.audit.map(\.event).filter { $0.action == .preflightVerdictChanged }
            #expect(changes.map(\.outcome) == [.failed(code: code)])
            #expect(changes.allSatisfy { EventType($0) == .preflightFailing })
            #expect((kept.status == .needsReauthorization) == (drift == "revoked"))
        }
    }

    @Test func `a failing connection is looked at wholly each time, and is ready for sync as soon as it is mended`()
        async throws
    {
        try await withGateway { gateway in
            let connection = try await gateway.connect("noguide")
            #expect(try await gateway.diagnostics.run(connection, actor: .system).verdict == "fail")
            try await gateway.waitForLook()
            #expect(try await gateway.events(.handedToSync) == 0)
            gateway.standIn.update("noguide") { $0.people[0].guideRole = .admin }
            try await gateway.waitForLook()
            try await gateway.waitForLook()
            let kept = try #require(try await gateway.store.connection(connection.id))
            #expect(kept.preflight?.verdict == .pass && kept.sync.state == .notStarted)
            #expect(try await gateway.events(.handedToSync) == 1)
            #expect(try await gateway.events(.preflightVerdictChanged) == 2)
        }
    }

    @Test func `a connection whose first run never ended is checked by the monitor`() async throws {
        try await withGateway { gateway in
            let connection = try await gateway.connect()
            gateway.clock.advance(by: 600)
            try await gateway.monitor.lookAtDue()
            let kept = try #require(try await gateway.store.connection(connection.id))
            #expect(kept.preflight?.verdict == .pass && kept.sync.state == .notStarted)
        }
    }

    @Test(arguments: [TransportFailure.timedOut, .nameServerFailed, .connectTimedOut, .closedEarly])
    func `an outage is no verdict: nothing changes, and the next look comes soon`(failure: TransportFailure)
        async throws
    {
        try await withGateway { gateway in
            let connection = try await gateway.healthyConnection()
            let before = try await gateway.store.connection(connection.id)
            gateway.transport.before { _ throws(TransportFailure) in throw failure }
            try await gateway.waitForLook()
            #expect(try await gateway.store.connection(connection.id) == before)
            #expect(try await gateway.events(.preflightVerdictChanged) == 0)
            gateway.transport.before(nil)
            gateway.transport.forget()
            gateway.clock.advance(by: PreflightTimetable.retry)
            #expect(try await gateway.monitor.lookAtDue() == 1)
            #expect(!gateway.transport.calls.isEmpty)
        }
    }

    @Test func `a run that a person begins in an outage says so and takes nothing from sync`() async throws {
        try await withGateway { gateway in
            let connection = try await gateway.healthyConnection()
            gateway.transport.before { _ throws(TransportFailure) in throw .connectTimedOut }
            gateway.clock.advance(by: 1)
            let report = try await gateway.diagnostics.run(connection, actor: .system)
            #expect(report.verdict == "fail" && report.isOutage)
            let kept = try #require(try await gateway.store.connection(connection.id))
            #expect(kept.preflight?.verdict == .pass && kept.sync.state == .notStarted)
            #expect(try await gateway.diagnostics.latest(of: connection.id) == report)
        }
    }

    @Test func `two processes share the work, a restart forgets nothing, and a process that died is made up for`()
        async throws
    {
        try await withGateway { gateway in
            let connection = try await gateway.healthyConnection()
            gateway.clock.advance(by: 7 * Self.hour)
            async let one = gateway.monitor.lookAtDue()
            async let two = gateway.monitor.lookAtDue()
            let both = try await [one, two]
            #expect(both.sorted() == [0, 1])
            // A process claims and dies: after the lease another one looks.
            gateway.clock.advance(by: 6 * Self.hour)
            let claimed = try await gateway.store.claimDuePreflights(
                at: gateway.clock.now, until: gateway.clock.now.addingTimeInterval(600), limit: 8)
            #expect(claimed == [connection.id])
            #expect(try await gateway.monitor.lookAtDue() == 0)
            gateway.clock.advance(by: 600)
            #expect(try await gateway.monitor.lookAtDue() == 1)
        }
    }

    @Test func `a round is bounded, and what is left over comes in the next`() async throws {
        try await withGateway { gateway in
            for number in 0..<12 {
                gateway.standIn.found(["org\(number)"])
                try await gateway.connect("org\(number)")
            }
            gateway.clock.advance(by: 600)
            #expect(try await gateway.monitor.lookAtDue() == PreflightMonitor.batch)
            #expect(try await gateway.monitor.lookAtDue() == 12 - PreflightMonitor.batch)
            #expect(try await gateway.monitor.lookAtDue() == 0)
        }
    }

    @Test func `the figures say how many connections have which verdict and what was looked at`() async throws {
        try await withGateway { gateway in
            _ = try await gateway.healthyConnection()
            let failing = try await gateway.connect("noguide")
            _ = try await gateway.diagnostics.run(failing, actor: .system)
            try await gateway.waitForLook()
            try await gateway.monitor.tidy()
            let text = gateway.metrics.text()
            for line in [
                "latchkey_preflight_connections{verdict=\"pass\"} 1",
                "latchkey_preflight_connections{verdict=\"fail\"} 1",
                "latchkey_preflight_verdict_changes_total{verdict=\"fail\"} 1", "latchkey_preflight_due 0",
                "latchkey_preflight_looks_total{outcome=\"unchanged\"} 1",
                "latchkey_preflight_looks_total{outcome=\"checked\"} 1",
            ] {
                #expect(text.contains(line), "\(line) is missing in \(text)")
            }
        }
    }

    @Test func `what is older than 400 days is forgotten`() async throws {
        try await withGateway { gateway in
            let connection = try await gateway.healthyConnection()
            #expect(try await gateway.runs(of: connection) == 1)
            gateway.clock.advance(by: PreflightMonitor.memory + 1)
            try await gateway.monitor.tidy()
            #expect(try await gateway.runs(of: connection) == 0)
        }
    }
}

extension SampleGateway {
    fileprivate func healthyConnection() async throws -> Connection {
        let connection = try await connect()
        _ = try await diagnostics.run(connection, actor: .system)
        clock.advance(by: 1)
        return connection
    }

    fileprivate func runs(of connection: Connection) async throws -> Int {
        try await store.preflightHistory(of: connection.id, before: nil, limit: 1_000).reduce(0) { $0 + $1.runs }
    }

    fileprivate func events(_ action: AuditAction) async throws -> Int {
        try await audit.count { $0.event.action == action }
    }

    /// As long as it takes at most until everybody was looked at once.
    fileprivate func waitForLook() async throws {
        clock.advance(by: PreflightTimetable.interval)
        while try await monitor.lookAtDue() > 0 {}
    }

    fileprivate func bring(about drift: String) {
        if drift == "revoked" { return standIn.revoke("acme") }
        standIn.update("acme") { organization in
            switch drift {
            case "downgraded": organization.people[0].role = .agent
            case "suspended":
                organization.people[0].isSuspended = true
                organization.switches.suspendedPerson = .visible
            case "client": organization.switches.knowsClients = false
            default: organization.switches.account = .unpaid
            }
        }
    }
}
