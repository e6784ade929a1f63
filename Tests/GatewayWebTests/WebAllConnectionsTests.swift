import Foundation
import Gateway
import GatewayCore
import Preflight
import Storage
import TestSupport
import Testing
import ZendeskEmulator

@testable import GatewayWeb

@Suite struct `All connections, for support` {
    /// One connection of this tenant, and two of another's.
    private func connectSome(_ site: Site) async throws {
        for (tenant, organization) in [("default", "noguide"), ("globex", "acme"), ("globex", "agentville")] {
            site.world.clock.advance(by: 1)
            let admin = try await site.signedIn(tenant: tenant)
            _ = try await admin.connected(to: organization)
        }
    }

    private func organizations(_ page: WebAnswer) -> [String] {
        page.text.components(separatedBy: "<h3><a href=\"/connections/con_").dropFirst().compactMap {
            $0.components(separatedBy: "<bdi>").dropFirst().first?.components(separatedBy: "</bdi>").first
        }
    }

    @Test func `a support engineer finds a connection by organization, by tenant, or by a copied address`() async throws
    {
        let world = try await WebWorld()
        try await world.serve { site in
            try await connectSome(site)
            let support = try await site.signedIn(roles: [.support])
            let searches = [
                ("", ["agentville", "acme", "noguide"]), ("?search=", ["agentville", "acme", "noguide"]),
                ("?search=acm", ["acme"]), ("?search=GLOBEX", ["agentville", "acme"]), ("?search=+acme+", ["acme"]),
                ("?search=http%3A%2F%2Facme.\(site.world.policy.authority)%2Fagent", ["acme"]),
                ("?search=nobody", []), ("?search=%25", []), ("?search=%3Cscript%3E", []),
            ]
            for (query, expected) in searches {
                let page = try await support.get("/connections" + query, from: "same-origin")
                #expect(page.status == 200 && organizations(page) == expected, "\(query): \(organizations(page))")
                #expect(!page.text.contains("<script>"))
            }
            let page = try await support.get("/connections?search=agentville", from: "same-origin").text
            #expect(page.contains("Tenant <bdi>globex</bdi>") && page.contains("Needs attention"))
            let link = try #require(page.firstRange(of: "/connections/con_"))
            let path = String(page[link.lowerBound...].prefix { $0 != "\"" })
            let connection = try await support.get(path, from: "same-origin").text
            #expect(connection.contains("<dt>Tenant</dt><dd><bdi>globex</bdi>"), "whose it is")
            #expect(connection.contains("<a href=\"/connections\">All connections</a></p>"))
            let diagnostics = try await support.get(path + "/diagnostics", from: "same-origin")
            #expect(diagnostics.status == 200 && diagnostics.text.contains("is not an admin in Support"))
            #expect(diagnostics.text.contains("<dt>Tenant</dt><dd><bdi>globex</bdi>"), "whose it is")
            #expect(diagnostics.text.contains("<a href=\"/connections\">All connections</a>"))
        }
    }

    @Test func `long lists come in pages, a made-up place in the list is refused, and so is who is no support`()
        async throws
    {
        let world = try await WebWorld()
        try await world.serve { site in
            let names = (0..<(AllConnectionsController.shown + 1)).map { "org\($0)" }
            site.world.zendesk.found(names)
            let admin = try await site.signedIn()
            for name in names {
                site.world.clock.advance(by: 1)
                _ = try await admin.connected(to: name)
            }
            let support = try await site.signedIn(roles: [.support])
            let first = try await support.get("/connections?search=org", from: "same-origin")
            #expect(organizations(first) == names.reversed().dropLast())
            let cursor = try #require(first.hidden("cursor"))
            let second = try await support.get("/connections?search=org&cursor=\(cursor)", from: "same-origin")
            #expect(organizations(second) == ["org0"] && second.hidden("cursor") == nil)
            #expect(try await support.get("/connections?cursor=x", from: "same-origin").status == 400)
            for roles in [Set<ConsoleRole>([.connect]), [.security]] {
                let other = try await site.signedIn(roles: roles)
                let page = try await other.get("/connections", from: "same-origin")
                #expect(page.status == 403 && !page.text.contains("org0"))
                #expect(!page.text.contains("All connections"), "nobody else is led there")
            }
        }
    }

    @Test func `the organization's own people read what they can do, an engineer also what the operator can`()
        async throws
    {
        let world = try await WebWorld()
        try await world.serve { site in
            let (admin, path) = try await site.connected(to: "fenced")
            let support = try await site.signedIn(roles: [.support])
            for below in ["", "/diagnostics"] {
                let theirs = try await admin.get(path + below, from: "same-origin").text
                #expect(theirs.contains("ask support which addresses our calls come from"))
                #expect(!theirs.contains("LATCHKEY_") && !theirs.contains("operator"), "\(below)")
                let ours = try await support.get(path + below, from: "same-origin").text
                #expect(ours.contains("For the operator:") && ours.contains("LATCHKEY_EGRESS_ADDRESSES"), "\(below)")
            }
            let copy = try await support.get(path + "/diagnostics.txt", from: "same-origin").text
            #expect(copy.contains("For the operator: Name the addresses"))
            let made = try await admin.post(
                path + "/diagnostics/links", [("form_token", try await admin.token(path + "/diagnostics"))])
            let link = try #require(made.text.firstRange(of: "/diagnose/lkd_"))
            let visitor = site.browser()
            _ = try await visitor.get(String(made.text[link.lowerBound...].prefix { $0 != "<" }), from: "cross-site")
            let handed = try await visitor.get("/diagnose", from: "same-origin").text
            #expect(handed.contains("ask support which addresses our calls come from"))
            #expect(!handed.contains("LATCHKEY_") && !handed.contains("operator"))
        }
    }
}
