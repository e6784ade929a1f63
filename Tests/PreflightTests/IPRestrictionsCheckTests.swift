import GatewayCore
import HTTPTypes
import TestSupport
import Testing
import ZendeskEmulator

@testable import Preflight

@Suite("ip_restrictions.off") struct IPRestrictionsCheckTests {
    @Test func `off passes`() async throws {
        let finding = try await AskedOrganization().finding(IPRestrictionsCheck())
        #expect(finding == .pass("IP restrictions are off."))
    }

    @Test func `on fails although our calls get through, with how many ranges and not which`() async throws {
        let finding = try await AskedOrganization("fenced").finding(IPRestrictionsCheck())
        #expect(finding.status == .fail && finding.place == .ipRestrictions)
        #expect(
            finding.evidence == [
                "ip_restriction_enabled": "true", "ranges": "3", "ranges_not_understood": "0", "agents_only": "false",
                "egress": "unknown",
            ])
    }

    @Test(arguments: [
        #"{"ip_restriction_enabled":null}"#, "{}", #"{"ip_restriction_enabled":"true"}"#,
        #"{"ip_ranges":"10.0.0.0/8"}"#,
    ])
    func `settings that do not name the switch are a warning, never a pass`(ip: String) async throws {
        let asked = try AskedOrganization()
        asked.answer([Path.security: json("{\"security_settings\":{\"ip\":\(ip)}}")])
        let finding = try await asked.finding(IPRestrictionsCheck())
        #expect(finding.status == .warn && finding.evidence == ["reason": "not_named"])
        #expect(finding.place == .ipRestrictions && finding.remedy != nil)
    }

    @Test(arguments: [Refused.noEndpoint, Refused.noRecord, Refused.empty, page(404)])
    func `an account that does not offer the settings is a warning`(answer: OutboundResponse) async throws {
        let asked = try AskedOrganization()
        asked.answer([Path.security: answer])
        let finding = try await asked.finding(IPRestrictionsCheck())
        #expect(finding.status == .warn && finding.evidence == ["reason": "not_offered"])
    }

    @Test(arguments: [
        (Refused.role, "not_permitted"), (Refused.busy, "rate_limited"),
        (page(503), "unavailable"), (json("{}"), "malformed"), (page(200), "html"), (page(403), "forbidden"),
        (Refused.unauthenticated, "not_authenticated"),
    ])
    func `settings that cannot be read are a warning with the reason, never a pass`(
        answer: OutboundResponse, reason: String
    ) async throws {
        let asked = try AskedOrganization()
        asked.answer([Path.security: answer])
        let finding = try await asked.finding(IPRestrictionsCheck())
        #expect(finding.status == .warn && finding.evidence["reason"] == reason && finding.remedy != nil)
    }

    @Test(arguments: [
        (Refused.scope, "scope_missing"), (Refused.noHelpDesk, "no_help_desk"), (Refused.invalidToken, "token_dead"),
    ])
    func `what says that the connection is over or too weak fails`(answer: OutboundResponse, reason: String)
        async throws
    {
        let asked = try AskedOrganization()
        asked.answer([Path.security: answer])
        let finding = try await asked.finding(IPRestrictionsCheck())
        #expect(finding.status == .fail && finding.evidence["reason"] == reason)
    }

    @Test(arguments: TransportFailure.allCases)
    func `settings that do not arrive are a warning`(failure: TransportFailure) async throws {
        let asked = try AskedOrganization()
        asked.fail(Path.security, failure)
        let finding = try await asked.finding(IPRestrictionsCheck())
        #expect(finding.status == .warn && finding.evidence == ["reason": failure.rawValue])
    }

    private func restricted(_ ranges: String, egress: [String]) async throws -> Finding {
        var asked = try AskedOrganization()
        asked.egress = try egress.map { try #require(IPRange($0)) }
        let ip = "{\"ip_restriction_enabled\":true,\"ip_ranges\":\(ranges)}"
        asked.answer([Path.security: json("{\"security_settings\":{\"ip\":\(ip)}}")])
        return try await asked.finding(IPRestrictionsCheck())
    }

    @Test(arguments: [
        #""198.51.100.7""#, #""198.51.100.*""#, #""198.51.100.0/24""#, #""198.51.100.77/24""#,
        #""10.0.0.1  198.51.100.7\n192.0.2.1""#, #""10.0.0.1,198.51.100.0/30;198.51.100.4/30""#,
        #""nonsense 198.51.100.7""#, #"["10.0.0.1","198.51.100.7"]"#,
    ])
    func `on with all our addresses in the list is a warning that names them`(ranges: String) async throws {
        let finding = try await restricted(ranges, egress: ["198.51.100.7"])
        #expect(finding.status == .warn && finding.message.contains("198.51.100.7"))
        #expect(finding.evidence["covered"] == "198.51.100.7")
    }

    @Test(arguments: [
        #""198.51.100.8""#, #""198.51.*.8""#, #""198.51.100.8/30""#, "null", #""""#, "17", #""198.51.100""#,
        #""198.51.100.7/0""#, #""*.*.*.*""#, #""198.51.100.1-198.51.100.9""#, #""198.51.100.07""#, #""::1""#,
        #""198.51.100.0/33""#, #""198.51.100.256""#, #""198.051.100.*""#, #""198.51.100.7/32/8""#,
    ])
    func `on with an address missing fails and names exactly that one`(ranges: String) async throws {
        let finding = try await restricted(ranges, egress: ["198.51.100.7"])
        #expect(finding.status == .fail && finding.evidence["missing"] == "198.51.100.7")
        #expect(finding.remedy?.contains("add to the allowed ranges: 198.51.100.7") == true)
        #expect(finding.remedy?.contains("Switch the restriction off") == true)
    }

    @Test func `of several addresses only those that are missing are named`() async throws {
        let finding = try await restricted(
            #""198.51.100.0/25 2001:db8::/48""#,
            egress: ["198.51.100.7", "198.51.100.0/24", "2001:db8::9", "2001:db8:1::/64"])
        #expect(finding.evidence["missing"] == "198.51.100.0/24, 2001:db8:1::/64")
    }

    @Test func `a range of ours is covered by several entries together, and not where one address is missing`()
        async throws
    {
        let halves = try await restricted(#""198.51.100.0/25 198.51.100.128/25""#, egress: ["198.51.100.0/24"])
        #expect(halves.status == .warn && halves.evidence["covered"] == "198.51.100.0/24")
        let hole = try await restricted(
            #""198.51.100.0/25 198.51.100.128/26 198.51.100.192/27 198.51.100.224/28""#, egress: ["198.51.100.0/24"])
        #expect(hole.status == .fail && hole.evidence["missing"] == "198.51.100.0/24")
    }

    @Test func `a range that only thousands of pieces cover is called missing, and nobody counts them for minutes`()
        async throws
    {
        let everyEnd = (0..<256).map { "*.*.*.\($0)" }.joined(separator: " ")
        let finding = try await restricted("\"\(everyEnd)\"", egress: ["198.51.64.0/18"])
        #expect(finding.status == .fail && finding.evidence["missing"] == "198.51.64.0/18")
        #expect(try await restricted("\"\(everyEnd)\"", egress: ["198.51.100.7"]).status == .warn)
    }

    @Test func `how many entries were not understood is told`() async throws {
        let finding = try await restricted(#""nonsense 198.51.100.7 1.2.3""#, egress: ["198.51.100.7"])
        #expect(finding.evidence["ranges"] == "3" && finding.evidence["ranges_not_understood"] == "2")
    }

    @Test func `of a list beyond all measure the first two thousand entries are read`() async throws {
        func list(_ before: Int) -> String {
            "\"" + String(repeating: "192.0.2.1 ", count: before) + "198.51.100.7\""
        }
        #expect(try await restricted(list(1_999), egress: ["198.51.100.7"]).status == .warn)
        #expect(try await restricted(list(2_000), egress: ["198.51.100.7"]).status == .fail)
    }

    @Test func `a refused question names the number that Zendesk's support asks for`() async throws {
        let asked = try AskedOrganization()
        var answer = Refused.role
        answer = OutboundResponse(
            status: answer.status,
            headerFields: [.contentType: "application/json", HTTPField.Name("x-request-id")!: "a1b2-c3"],
            body: answer.body)
        asked.answer([Path.security: answer])
        #expect(try await asked.finding(IPRestrictionsCheck()).evidence["request_id"] == "a1b2-c3")
    }

    @Test func `without a word about our addresses both ways out are named`() async throws {
        let finding = try await restricted(#""198.51.100.0/24""#, egress: [])
        let remedy = try #require(finding.remedy)
        #expect(finding.status == .fail && remedy.contains("Switch the restriction off"))
        #expect(remedy.contains("ask support which addresses"))
        #expect(finding.forOperator?.contains("LATCHKEY_EGRESS_ADDRESSES") == true)
    }

    @Test func `an older account as the stand-in shows it is a warning`() async throws {
        let asked = try AskedOrganization()
        asked.standIn.update("acme") { $0.switches.missingEndpoints = ["security_settings"] }
        let report = try await asked.report()
        #expect(report.verdict == "warn")
        #expect(report.checks.filter { $0.status != .pass }.map(\.code) == ["ip_restrictions.off"], "\(report)")
    }
}
