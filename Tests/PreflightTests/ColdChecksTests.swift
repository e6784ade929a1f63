import Foundation
import GatewayCore
import HTTPTypes
import TestSupport
import Testing
import ZendeskEmulator

@testable import Preflight

@Suite("Checks before anybody signs in") struct ColdChecksTests {
    private static let codes = [
        "host.resolves", "tls.valid", "organization.exists", "clock.agrees", "oauth_client.known",
    ]

    @Test func `an organization where all is well passes, with two calls and no token`() async throws {
        var asked = try AskedOrganization()
        asked.isConnected = false
        let report = try await asked.coldReport()
        #expect(report.verdict == "pass" && report.checks.map(\.code) == Self.codes)
        #expect(report.connection_id == nil && asked.transport.calls.count == 2)
        #expect(asked.transport.calls.allSatisfy { $0.request.headerFields[.authorization] == nil })
    }

    /// What ends where when no complete answer comes.
    static let failures: [(TransportFailure, String)] = [
        (.nameNotFound, "host.resolves"), (.addressRefused, "host.resolves"), (.nameServerFailed, "host.resolves"),
        (.nameLookupTimedOut, "host.resolves"), (.connectionRefused, "tls.valid"), (.connectTimedOut, "tls.valid"),
        (.certificateUntrusted, "tls.valid"), (.tlsFailed, "tls.valid"),
    ]

    @Test(arguments: failures)
    func `a failure before the first octet is the fault of exactly one check, and the rest is skipped because of it`(
        failure: TransportFailure, code: String
    ) async throws {
        let asked = try AskedOrganization()
        asked.fail(Path.locales, failure)
        let report = try await asked.report()
        #expect(report.checks.filter { $0.status == .fail }.map(\.code) == [code])
        let skipped = report.checks.filter { $0.status == .skipped }
        #expect(skipped.count == report.checks.count - (code == "host.resolves" ? 1 : 2))
        #expect(skipped.allSatisfy { $0.evidence == ["because": code] })
        #expect(asked.transport.calls.count == 1, "a token was sent to nobody knows whom")
    }

    @Test("URL-34: a name that is not there, a name server that fails and one that is silent read differently")
    func threeFaultsOfNames() async throws {
        var messages: Set<String> = []
        for failure in [TransportFailure.nameNotFound, .nameServerFailed, .nameLookupTimedOut] {
            let asked = try AskedOrganization()
            asked.fail(Path.locales, failure)
            messages.insert(try await asked.finding(HostResolvesCheck()).message)
        }
        #expect(messages.count == 3)
    }

    @Test("three different faults, name, TLS and account, have three different sentences")
    func threeSentences() async throws {
        var messages: [String] = []
        for failure in [TransportFailure.nameNotFound, .certificateUntrusted] {
            let asked = try AskedOrganization()
            asked.fail(Path.locales, failure)
            messages += try await asked.coldReport().checks.filter { $0.status == .fail }.map(\.message)
        }
        messages += try await AskedOrganization("nobody-here").coldReport().checks.filter { $0.status == .fail }
            .map(\.message)
        #expect(messages.count == 3 && Set(messages).count == 3, "\(messages)")
    }

    @Test("URL-35: a certificate for another host fails by itself and speaks of the subscription")
    func untrusted() async throws {
        let asked = try AskedOrganization()
        asked.fail(Path.locales, .certificateUntrusted)
        let finding = try await asked.finding(TLSValidCheck())
        #expect(finding.status == .fail && finding.message.contains("suspended"))
        #expect(finding.remedy?.contains("Billing") == true)
    }

    @Test(arguments: [
        (Refused.role, CheckStatus.warn, "not_permitted"), (page(403), .warn, "forbidden"),
        (Refused.unauthenticated, .warn, "not_authenticated"),
        (OutboundResponse(status: .forbidden), .warn, "forbidden"),
        (Refused.busy, .warn, "rate_limited"), (page(503), .warn, "unavailable"), (page(200), .warn, "html"),
        (json("{}"), .warn, "malformed"), (json("[]"), .warn, "malformed"), (page(404), .warn, "not_found"),
        (Refused.empty, .warn, "not_found"), (json("", status: 418), .warn, "unexpected_status"),
        (Refused.noEndpoint, .pass, "invalid_endpoint"), (Refused.noHelpDesk, .fail, "no_help_desk"),
        (page(301, location: "https://www.zendesk.com/app/help-center-closed"), .fail, "account_closed"),
        (page(302, location: "https://elsewhere.example/"), .fail, "redirected"),
    ])
    func `every answer to the first question has a meaning`(
        answer: OutboundResponse, status: CheckStatus, reason: String
    ) async throws {
        let asked = try AskedOrganization()
        asked.answer([Path.locales: answer])
        let finding = try await asked.finding(OrganizationExistsCheck())
        #expect(finding.status == status && finding.evidence["reason"] == reason)
        #expect(finding.evidence["http_status"] == String(answer.status.code))
        #expect((finding.remedy == nil) == (status == .pass))
    }

    @Test(arguments: [TransportFailure.timedOut, .closedEarly, .responseTooLarge, .malformedResponse])
    func `an answer that breaks off leaves the question open`(failure: TransportFailure) async throws {
        let asked = try AskedOrganization()
        asked.fail(Path.locales, failure)
        let finding = try await asked.finding(OrganizationExistsCheck())
        #expect(finding.status == .warn && finding.evidence == ["reason": failure.rawValue])
        #expect(try await asked.finding(HostResolvesCheck()).status == .pass)
        #expect(try await asked.finding(TLSValidCheck()).status == .pass)
    }

    @Test("URL-37: where every name has an address, only the answer tells that there is no account")
    func wildcard() async throws {
        let report = try await AskedOrganization("nobody-here").coldReport()
        #expect(report.checks.map(\.status) == [.pass, .pass, .fail, .pass, .skipped])
        #expect(report.checks[2].evidence["reason"] == "no_help_desk")
    }

    @Test("URL-36: a redirect is followed by no call, and no check passes on the strength of it")
    func redirects() async throws {
        let paths = [
            Path.locales, Path.authorization, Path.me, Path.users, Path.security, Path.audit, "/api/v2/users/",
        ]
        for path in paths {
            for location in ["https://evil.example/", "http://acme.zendesk.localhost:9443/x", "//evil.example/access"] {
                let asked = try AskedOrganization()
                asked.answer([path: page(307, location: location)])
                let report = try await asked.report()
                #expect(asked.transport.calls.count <= 9, "\(path)")
                #expect(report.verdict != "pass" || path == "/api/v2/users/", "\(path) \(location)")
                let hosts = Set(asked.transport.calls.map(\.request.organization.host))
                #expect(hosts == ["acme.zendesk.localhost"])
            }
        }
    }

    @Test(arguments: [
        (0, CheckStatus.pass, "0"), (60, .pass, "-60"), (-60, .pass, "60"), (61, .warn, "-61"), (-300, .warn, "300"),
        (301, .fail, "-301"), (-86_400, .fail, "86400"),
    ])
    func `RT-25 the clocks are compared to the second, and what is too far apart is told`(
        ahead: Int64, status: CheckStatus, difference: String
    ) async throws {
        let asked = try AskedOrganization()
        asked.standIn.update("acme") { $0.switches.dateShiftSeconds = ahead }
        let finding = try await asked.finding(ClockAgreesCheck())
        #expect(finding.status == status && finding.evidence["difference_seconds"] == difference)
        if status != .pass {
            #expect(finding.message.contains(ahead > 0 ? "behind" : "ahead of"))
            #expect(finding.message.contains(String(ahead.magnitude)))
        }
    }

    @Test(arguments: [nil, "", "yesterday", "1790000000", "Sun, 06 Nov 1994 08:49:37 CET", "06 Nov 1994 08:49:37 GMT"])
    func `an answer without a readable date leaves the clock open`(date: String?) async throws {
        let asked = try AskedOrganization()
        var answer = json(#"{"locales":[]}"#)
        answer = OutboundResponse(
            status: .ok, headerFields: date.map { [.date: $0, .contentType: "application/json"] } ?? [:],
            body: answer.body)
        asked.answer([Path.locales: answer])
        #expect(try await asked.finding(ClockAgreesCheck()).status == .warn)
    }

    @Test(arguments: SignInStyle.allCases)
    func `the client is known where Zendesk asks for a sign-in, by page or redirect`(style: SignInStyle) async throws {
        let asked = try AskedOrganization()
        asked.standIn.update("acme") { $0.switches.signInStyle = style }
        let finding = try await asked.finding(OAuthClientKnownCheck())
        #expect(finding.status == .pass && finding.evidence["shown"] == "known")
    }

    @Test func `an unknown client, a redirect address that is not registered and a scope too many read differently`()
        async throws
    {
        var unknown = try AskedOrganization()
        unknown.clientID = "zdg-stranger"
        let first = try await unknown.finding(OAuthClientKnownCheck())
        #expect(first.status == .fail && first.forOperator?.contains("zdg-stranger") == true)
        var mismatched = try AskedOrganization()
        mismatched.redirectURI = "https://elsewhere.example/oauth/callback"
        let second = try await mismatched.finding(OAuthClientKnownCheck())
        #expect(second.status == .fail)
        #expect(second.forOperator?.contains("https://elsewhere.example/oauth/callback") == true)
        let narrow = try AskedOrganization()
        narrow.standIn.add(
            EmulatorClient(
                identifier: SampleGateway.clientID, secret: "x", redirectURIs: [SampleGateway.redirectURI],
                allowedScopes: ["read"]))
        let third = try await narrow.finding(OAuthClientKnownCheck())
        #expect(third.status == .fail && third.forOperator?.contains("read write") == true)
        #expect(Set([first.message, second.message, third.message]).count == 3)
    }

    @Test func `an organization that knows no clients fails by that alone`() async throws {
        let asked = try AskedOrganization()
        asked.standIn.update("acme") { $0.switches.knowsClients = false }
        let report = try await asked.report()
        #expect(report.checks.filter { $0.status != .pass }.map(\.code) == ["oauth_client.known"])
    }

    @Test(arguments: [
        page(403), page(503), Refused.busy, Refused.empty, json("{}"),
        page(302, location: "https://elsewhere.example/"),
        page(302, location: "//elsewhere.example/access"), page(302, location: "/somewhere"), Refused.unauthenticated,
    ])
    func `what the authorization page does not tell is a warning, never a pass`(answer: OutboundResponse) async throws {
        let asked = try AskedOrganization()
        asked.answer([Path.authorization: answer])
        let finding = try await asked.finding(OAuthClientKnownCheck())
        #expect(finding.status == .warn && finding.evidence["reason"] != nil)
    }

    @Test(arguments: TransportFailure.allCases)
    func `an authorization page that does not come is a warning`(failure: TransportFailure) async throws {
        let asked = try AskedOrganization()
        asked.fail(Path.authorization, failure)
        #expect(
            try await asked.finding(OAuthClientKnownCheck()).evidence == ["reason": failure.rawValue])
    }

    @Test(arguments: BlockedAnswer.allCases, ["198.51.100.7", nil])
    func `a block of our addresses is recognised by its refusing everybody, whatever it looks like`(
        shape: BlockedAnswer, egress: String?
    ) async throws {
        var asked = try AskedOrganization()
        asked.egress = egress.flatMap { IPRange($0) }.map { [$0] } ?? []
        asked.standIn.update("acme") { organization in
            organization.switches.ipRestrictionEnabled = true
            organization.switches.ipRanges = "192.0.2.0/24"
            organization.switches.blockedAnswer = shape
        }
        let report = try await asked.report()
        let statuses = Dictionary(uniqueKeysWithValues: report.checks.map { ($0.code, $0.status) })
        #expect(statuses["organization.exists"] == .warn && statuses["token.accepted"] == .fail)
        let token = try #require(report.checks.first { $0.code == "token.accepted" })
        #expect(token.message.contains("IP restrictions") && token.where?.contains("/admin/account/security") == true)
        #expect(token.remedy?.contains("198.51.100.7") == (egress != nil))
    }

    @Test(arguments: [Refused.unauthenticated, page(403), Refused.empty403])
    func `a refusal of the token alone says what is known and what to try`(answer: OutboundResponse) async throws {
        let asked = try AskedOrganization()
        asked.answer([Path.me: answer])
        let finding = try await asked.finding(TokenAcceptedCheck())
        #expect(finding.status == .fail && finding.message.contains("answers others"))
        #expect(finding.steps.count == 3 && finding.evidence["http_status"] == String(answer.status.code))
    }
}
