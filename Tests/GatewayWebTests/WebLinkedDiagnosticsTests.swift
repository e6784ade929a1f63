import Foundation
import Gateway
import GatewayCore
import Storage
import StorageSQLite
import TestSupport
import Testing

@testable import GatewayWeb

@Suite struct `Diagnostics for the holder of a product's link` {
    @Test func `it sees and runs the checks of its own connection, and neither makes links nor takes them back`()
        async throws
    {
        let world = try await WebWorld()
        try await world.serve { site in
            let made = try await site.call(
                "POST", "/v1/connect-sessions", key: try await site.key(), body: #"{"tenant":"default"}"#)
            let address = try #require(made.json?["url"] as? String)
            let holder = site.browser()
            _ = try await holder.get(String(address.dropFirst(site.origin.count)), from: "cross-site")
            _ = try await holder.connected(to: "noguide")
            let connection = try #require(
                try await world.store.liveConnection(tenant: .default, subdomain: "noguide"))
            let path = "/connections/\(connection.id)"
            let page = try await holder.get(path + "/diagnostics", from: "same-origin")
            #expect(page.status == 200 && page.text.contains("run-checks") && !page.text.contains("diagnostics/links"))
            let refused = try await holder.post(
                path + "/diagnostics/links", [("form_token", try await holder.token(path + "/diagnostics"))])
            #expect(refused.status == 403 && !refused.text.contains("lkd_"))
            let (link, token) = try await world.web.diagnosticsLinks.create(for: connection, actor: .commandLine)
            let kept = try await holder.post(
                path + "/diagnostics/links/revoke",
                [("form_token", try await holder.token(path + "/diagnostics")), ("link", link.id.text)])
            #expect(kept.status == 403)
            #expect(try await world.web.diagnosticsLinks.find(token) != nil)
        }
    }
}
