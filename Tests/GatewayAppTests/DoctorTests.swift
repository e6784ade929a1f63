import Foundation
import Gateway
import GatewayCore
import Preflight
import Storage
import StorageSQLite
import TestSupport
import Testing
import TokenVault

@testable import GatewayApp

@Suite("Doctor") struct DoctorTests {
    let scratch: Scratch
    let clock = HandClock(Date(timeIntervalSince1970: Date.now.timeIntervalSince1970.rounded()))

    init() throws { scratch = try Scratch() }

    func examine(_ changes: [String: String] = [:]) async throws -> DoctorReport {
        let environment = try scratch.goodEnvironment().merging(changes) { _, new in new }
            .filter { !$0.value.isEmpty }
        return await Doctor(
            source: SettingsSource(environment: environment, file: nil), clock: clock
        ).examine()
    }

    func found(_ part: ExaminedPart, in report: DoctorReport) throws -> Examination {
        try #require(report.checks.first { $0.code == part.rawValue })
    }

    /// As a gateway that ran once leaves it.
    func makeDatabase() async throws -> SQLiteStore {
        let path = scratch.path + "/latchkey.sqlite"
        let store = try await SQLiteStore.open(path: path, createIfMissing: true)
        let settings = try Settings(reading: SettingsSource(environment: try scratch.goodEnvironment(), file: nil))
        _ = try await LiveKeyring(store: store, rootKey: try #require(settings.rootKeys.first), clock: clock)
        return store
    }

    func connect(_ store: SQLiteStore, accessEnd: TimeInterval) async throws -> Connection {
        let connection = Connection(
            id: ConnectionID(random: SystemRandomSource()), tenant: .default, subdomain: "acme",
            permissionLevel: .read, grantedScopes: ScopeSet(["read"]), status: .active,
            connectedBy: ZendeskPerson(id: 7, name: "Ada", email: nil, role: "admin"), accountFingerprint: nil,
            createdAt: clock.now, updatedAt: clock.now, generation: 1,
            accessTokenExpiresAt: clock.now.addingTimeInterval(accessEnd), refreshTokenExpiresAt: nil)
        try await store.saveConnected(
            connection,
            credential: SealedCredential(
                connection: connection.id, generation: 1, accessToken: [1], refreshToken: [2],
                keyID: try #require(try await store.dataKeys().first).id),
            replacing: nil, audit: [AuditEvent(at: clock.now, actor: .system, action: .connectionCreated)])
        return connection
    }

    @Test func `every part of our own side is looked at, in order, and a fresh installation has no failure`()
        async throws
    {
        try await makeDatabase().close()
        let report = try await examine()
        #expect(report.checks.map(\.code) == ExaminedPart.allCases.map(\.rawValue))
        #expect(report.verdict != "fail" && report.status == .done, "\(report.checks)")
        #expect(report.checks.allSatisfy { ($0.status == .warn || $0.status == .fail) == ($0.remedy != nil) })
    }

    @Test func `without a database the rest is looked at all the same, and nothing is made`() async throws {
        let report = try await examine()
        #expect(try found(.database, in: report).status == .warn)
        #expect(try found(.checks, in: report).status == .skipped)
        #expect(!scratch.exists("latchkey.sqlite") && report.status == .done)
    }

    @Test func `bad settings are told and end with 78, and what does not need them is looked at`() async throws {
        try await makeDatabase().close()
        let report = try await examine(["LATCHKEY_HTTP_PORT": "x"])
        #expect(try found(.settings, in: report).status == .fail && report.status == .settings)
        #expect(try found(.database, in: report).status == .pass)
    }

    @Test func `unknown egress addresses are a warning that says what for, known ones are named`() async throws {
        #expect(try found(.egress, in: try await examine()).status == .warn)
        let named = try found(.egress, in: try await examine(["LATCHKEY_EGRESS_ADDRESSES": "198.51.100.7"]))
        #expect(named.status == .pass && named.message.contains("198.51.100.7"))
        #expect(try found(.egress, in: try await examine(["LATCHKEY_EGRESS_ADDRESSES": "nonsense"])).status == .fail)
    }

    @Test func `a certificate that ended fails, one that ends in days warns, and one for long passes`() async throws {
        let certificate = try await TestCertificate(in: scratch, name: "leaf", days: 2)
        #expect(try found(.certificate, in: try await examine(certificate.settings)).status == .warn)
        clock.advance(by: 3 * 24 * 60 * 60)
        #expect(try found(.certificate, in: try await examine(certificate.settings)).status == .fail)
        clock.advance(by: -40 * 24 * 60 * 60)
        #expect(
            try found(.certificate, in: try await examine(certificate.settings)).message.contains("not valid before"))
    }

    @Test func `files that others may read are named`() async throws {
        try await makeDatabase().close()
        let environment = try scratch.goodEnvironment()
        let secret = try #require(environment["LATCHKEY_ZENDESK_CLIENT_SECRET_FILE"])
        #expect(try found(.permissions, in: try await examine()).status == .pass)
        let open = try scratch.write("open.secret", "0123456789abcdef\n", mode: 0o644)
        let report = try await examine(["LATCHKEY_ZENDESK_CLIENT_SECRET_FILE": open])
        let finding = try found(.permissions, in: report)
        #expect(finding.status != .pass && finding.message.contains("open.secret") && !finding.message.contains(secret))
    }

    @Test func `a token that ended more than an hour ago is an overdue renewal`() async throws {
        let store = try await makeDatabase()
        _ = try await connect(store, accessEnd: 3_600)
        try store.close()
        #expect(try found(.renewals, in: try await examine()).status == .pass)
        clock.advance(by: 3 * 3_600)
        let finding = try found(.renewals, in: try await examine())
        #expect(finding.status == .fail && finding.message.contains("1 active connection has"))
    }

    @Test func `a connection that waits for its check since yesterday is told`() async throws {
        let store = try await makeDatabase()
        _ = try await connect(store, accessEnd: 100 * 3_600)
        try store.close()
        #expect(try found(.checks, in: try await examine()).status == .pass)
        clock.advance(by: 13 * 3_600)
        let finding = try found(.checks, in: try await examine())
        #expect(finding.status == .warn && finding.message.contains("1 connection has"))
    }

    @Test func `a clock that was set back and a gateway that went quiet are noticed`() async throws {
        let store = try await makeDatabase()
        _ = try await connect(store, accessEnd: 172_800)
        try store.close()
        clock.advance(by: -3_600)
        #expect(try found(.clock, in: try await examine()).message.contains("set back"))
        clock.advance(by: 3_600 + 4 * 24 * 3_600)
        #expect(try found(.audit, in: try await examine()).status == .warn)
    }

    @Test func `a gateway that nobody has connected anything to is quiet, and that is no warning`() async throws {
        let store = try await makeDatabase()
        try await store.append([AuditEvent(at: clock.now, actor: .system, action: .serviceStarted)])
        try store.close()
        clock.advance(by: 30 * 24 * 3_600)
        #expect(try found(.audit, in: try await examine()).status == .pass)
    }

    @Test func `the command prints a line for each part, or one JSON object, and ends with 0, 1 or 78`() async throws {
        try await makeDatabase().close()
        let environment = try scratch.goodEnvironment()
        let good = try await Executable.latchkey.run(["doctor"], environment: environment, in: scratch)
        #expect(good.status == 0, "\(good.output)")
        #expect(ExaminedPart.allCases.allSatisfy { good.output.contains($0.rawValue) })
        let machine = try await Executable.latchkey.run(["doctor", "--json"], environment: environment, in: scratch)
        let body = try #require(
            try JSONSerialization.jsonObject(with: Data(machine.output.utf8)) as? [String: Any])
        #expect((body["checks"] as? [Any])?.count == ExaminedPart.allCases.count && body["verdict"] != nil)
        try scratch.write("latchkey.sqlite", "no database")
        let broken = try await Executable.latchkey.run(["doctor"], environment: environment, in: scratch)
        #expect(broken.status == 1, "\(broken.output)")
        let bad = try await Executable.latchkey.run(
            ["doctor"], environment: environment.merging(["LATCHKEY_HTTP_PORT": "x"]) { $1 }, in: scratch)
        #expect(bad.status == 78)
    }
}
