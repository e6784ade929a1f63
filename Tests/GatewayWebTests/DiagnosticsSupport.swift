import Foundation
import Gateway
import GatewayCore
import Storage
import TestSupport
import Testing
import ZendeskEmulator

@testable import GatewayWeb

extension Site {
    /// A signed-in browser and the path of a connection.
    func connected(
        to organization: String = "noguide", roles: Set<ConsoleRole> = [.connect]
    ) async throws -> (Browser, String) {
        let browser = try await signedIn(roles: roles)
        let arrived = try await browser.connected(to: organization)
        return (browser, try #require(arrived["location"]))
    }

    func mendNoguide() {
        world.zendesk.update("noguide") { $0.people[0].guideRole = .admin }
        world.clock.advance(by: 1)
    }
}

extension Browser {
    func token(_ path: String) async throws -> String {
        try #require(try await get(path, from: "same-origin").hidden("form_token"))
    }
}
