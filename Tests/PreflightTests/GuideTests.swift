import Foundation
import TestSupport
import Testing

@testable import Preflight

@Suite("Description of the checks") struct GuideTests {
    @Test func `docs/preflight.md is what the checks say; make docs writes it anew`() throws {
        let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let written = try String(
            contentsOf: repository.appendingPathComponent("docs/preflight.md"), encoding: .utf8)
        #expect(written == PreflightGuide.markdown + "\n")
    }

    @Test(arguments: PreflightRunner.connectionChecks.map(\.code))
    func `every check says what it asks, can pass, and has a remedy for whatever is no pass`(code: CheckCode) throws {
        let check = try #require(PreflightRunner.connectionChecks.first { $0.code == code })
        #expect(!check.question.isEmpty && check.outcomes.contains { $0.status == .pass })
        #expect(check.outcomes.allSatisfy { ($0.status == .pass) == $0.steps.isEmpty })
        #expect(check.timeLimit <= .seconds(22))
    }

    @Test(arguments: PreflightRunner.connectionChecks.map(\.code))
    func `no finding asks an organization's people for what only the operator of this gateway can do`(code: CheckCode)
        throws
    {
        let check = try #require(PreflightRunner.connectionChecks.first { $0.code == code })
        for outcome in check.outcomes {
            let told = ([code.title, outcome.message] + outcome.steps).joined(separator: " ")
            for word in ["operator", "OAuth client", "LATCHKEY_", "redirect", "{client_id}", "{scopes}"] {
                #expect(!told.contains(word), "\(told)")
            }
            // One client serves every customer: theirs to look through are the programs of their own.
            #expect(outcome.place != .oauthClients || outcome == RateLimitCheck.scarce, "\(outcome.message)")
        }
    }

    @Test(arguments: ReportTests.subdomains)
    func `every finding is one of the endings that its check names`(subdomain: String) async throws {
        for check in try await AskedOrganization(subdomain).report().checks where check.status != .skipped {
            let code = try #require(CheckCode(rawValue: check.code))
            let outcomes = try #require(PreflightRunner.connectionChecks.first { $0.code == code }).outcomes
            #expect(
                outcomes.contains { Self.matches($0.message, check.message) && $0.status == check.status }, "\(check)")
            #expect(!check.message.contains("{") && check.remedy?.contains("{") != true, "\(check)")
        }
    }

    /// Braces stand for anything.
    private static func matches(_ pattern: String, _ text: String) -> Bool {
        let start = pattern.prefix { $0 != "{" }
        return pattern.contains("{") ? text.hasPrefix(start) : pattern == text
    }
}
