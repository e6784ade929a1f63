import Foundation
import GatewayCore
import TestSupport
import Testing
import ZendeskEmulator

@testable import Preflight

@Suite("Report") struct ReportTests {
    private static let codes: Set<String> = [
        "host.resolves", "tls.valid", "organization.exists", "clock.agrees", "oauth_client.known", "token.accepted",
        "identity.known", "scopes.granted", "support_role.admin", "guide_role.admin", "ip_restrictions.off",
        "plan.login_activity", "rate_limit.headroom", "refresh.works",
    ]

    static let subdomains = [
        "acme", "agentville", "noguide", "fenced", "suspended", "unpaid", "nobody-here",
    ]

    @Test(arguments: subdomains) func `the JSON has exactly the members that others rely on`(subdomain: String)
        async throws
    {
        let asked = try AskedOrganization(subdomain)
        let id = PreflightReportID(random: SystemRandomSource())
        let connection = ConnectionID(random: SystemRandomSource())
        let report = await PreflightRunner().run(id, in: try asked.context(), connection: connection)
        let body = try object(report)
        #expect(
            Set(body.keys) == [
                "id", "organization", "connection_id", "verdict", "started_at", "duration_ms", "checks",
            ])
        #expect(body["id"] as? String == id.text && body["connection_id"] as? String == connection.text)
        #expect(
            body["organization"] as? [String: String] == [
                "subdomain": subdomain, "url": "http://\(subdomain).zendesk.localhost:9443",
            ])
        #expect(body["started_at"] as? String == asked.clock.now.formatted(.iso8601))
        #expect(["pass", "warn", "fail"].contains(try #require(body["verdict"] as? String)))
        #expect(try #require(body["duration_ms"] as? Int) >= 0)
        for check in try #require(body["checks"] as? [[String: Any]]) { try expectCheck(check) }
    }

    private func expectCheck(_ check: [String: Any]) throws {
        let always: Set<String> = ["code", "title", "status", "message", "evidence", "duration_ms"]
        #expect(Set(check.keys).subtracting(["remedy", "steps", "where", "for_operator"]) == always)
        #expect(Self.codes.contains(try #require(check["code"] as? String)))
        let status = try #require(check["status"] as? String)
        #expect(["pass", "warn", "fail", "skipped"].contains(status))
        #expect((check["remedy"] != nil) == ["warn", "fail"].contains(status), "\(check)")
        let evidence = try #require(check["evidence"] as? [String: String])
        #expect(Self.codes.contains(evidence["because"] ?? "") == (status == "skipped"))
        #expect(check["duration_ms"] is Int)
    }

    @Test func `without a connection there is no connection_id`() async throws {
        #expect(try await object(AskedOrganization().report())["connection_id"] == nil)
    }

    @Test(arguments: subdomains) func `what is stored reads back as the same report and the same bytes`(
        subdomain: String
    ) async throws {
        let report = try await AskedOrganization(subdomain).report()
        let read = try PreflightReport(json: report.json())
        #expect(read == report)
        #expect(try read.json() == report.json())
        #expect(read.summary?.verdict.rawValue == report.verdict)
    }

    @Test(arguments: subdomains) func `every link leads to the organization's own host`(subdomain: String) async throws
    {
        let report = try await AskedOrganization(subdomain).report()
        for link in report.checks.compactMap(\.where) {
            let address = try #require(URLComponents(string: link))
            #expect(address.host == "\(subdomain).zendesk.localhost" && address.port == 9_443)
            #expect(address.user == nil && address.path.hasPrefix("/"))
        }
    }

    @Test func `every place has a path on the own host and a way to walk there`() {
        for place in AdminPlace.allCases {
            #expect(place.path.hasPrefix("/") && !place.path.hasPrefix("//") && !place.directions.isEmpty)
        }
    }

    @Test(arguments: subdomains) func `no report holds a token, a name, an address or a word of an answer`(
        subdomain: String
    ) async throws {
        let asked = try AskedOrganization(subdomain)
        let told =
            Rendering.of(try await asked.report()) + String(decoding: try await asked.report().json(), as: UTF8.self)
        let tokens = asked.standIn.liveTokens(subdomain).flatMap { [$0.accessToken, $0.refreshToken ?? "-"] }
        #expect(subdomain == "nobody-here" || tokens.count >= 4)
        let people = asked.standIn.organization(subdomain)?.people.flatMap { [$0.name, $0.email] } ?? []
        let ranges = ["127.0.0.0", "203.0.113"]
        for canary in tokens.filter({ $0 != "-" }) + people + ranges + ["canary", "never-keep-or-log"] {
            #expect(!told.contains(canary), "\(canary)")
        }
    }

    @Test func `a check whose call is refused repeats nothing of the body`() async throws {
        let asked = try AskedOrganization()
        let body = #"{"error":"canary-word","description":"canary-word <script>"}"#
        for status in [200, 400, 401, 403, 404, 409, 422, 429, 500] {
            asked.answer(["/api/v2/users.json": json(body, status: status), "/api/v2/se": json(body, status: status)])
            #expect(!Rendering.of(try await asked.report()).contains("canary-word"))
        }
    }

    private func object(_ report: PreflightReport) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(report.json())) as? [String: Any])
    }
}
