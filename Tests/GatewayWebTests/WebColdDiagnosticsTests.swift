import Foundation
import Gateway
import GatewayCore
import Preflight
import Storage
import StorageSQLite
import TestSupport
import Testing
import ZendeskEmulator

@testable import GatewayWeb

@Suite struct `Checks before connecting, in a browser` {
    private func coldCheck(_ browser: Browser, _ typed: String) async throws -> WebAnswer {
        let token = try await browser.token("/diagnostics")
        return try await browser.post("/diagnostics", [("form_token", token), ("organization_url", typed)])
    }

    @Test(arguments: [Set<ConsoleRole>([.connect]), [.support]])
    func `an organization can be checked before anybody signs in to it, by support and by who may connect`(
        roles: Set<ConsoleRole>
    ) async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let browser = try await site.signedIn(roles: roles)
            let good = try await coldCheck(browser, "acme")
            #expect(good.status == 200 && good.text.contains("Can be connected"))
            #expect(good.text.contains("href=\"/connect\"") == roles.contains(.connect))
            let nobody = try await coldCheck(browser, "nobody-here")
            #expect(nobody.text.contains("There is no Zendesk account at this address"))
            let closed = try await coldCheck(browser, "unpaid")
            #expect(closed.text.contains("closed or suspended"))
            let refused = try await coldCheck(browser, "http://127.0.0.1/")
            #expect(refused.status == 422 && refused.text.contains("aria-invalid=\"true\""))
        }
    }

    @Test func `security alone may not, and nobody without a sign-in`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let security = try await site.signedIn(roles: [.security]).get("/diagnostics", from: "same-origin")
            #expect(security.status == 403)
            let (stranger, form) = (site.browser(), [("organization_url", "acme")])
            let (got, posted) = (try await stranger.get("/diagnostics"), try await stranger.post("/diagnostics", form))
            #expect(got.status == 401 && posted.status == 401)
        }
    }

    @Test("URL-40 OA-105: cold checks are limited for each caller and for each target, with the time to wait")
    func coldLimits() async throws {
        let world = try await WebWorld(limitsRates: true)
        try await world.serve { site in
            let (one, two) = (try await site.signedIn(), try await site.signedIn())
            var statuses: [Int] = []
            for _ in 0..<11 { statuses.append(try await coldCheck(one, "acme").status) }
            #expect(statuses == [Int](repeating: 200, count: 10) + [429], "the target")
            let other = try await coldCheck(two, "acme")
            #expect(other.status == 429 && other["retry-after"] != nil, "the target, whoever asks")
            #expect(try await coldCheck(two, "noguide").status == 200)
            statuses = []
            for number in 0..<12 { statuses.append(try await coldCheck(one, "org\(number)").status) }
            #expect(statuses.count { $0 == 429 } >= 1, "the caller, whatever is asked")
        }
    }
}
