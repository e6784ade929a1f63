import Foundation
import GatewayCore
import Storage
import StorageSQLite
import TestSupport
import Testing

@testable import Gateway
@testable import GatewayWeb

@Suite struct `Readiness` {
    @Test func `KEY-22: a root key out of reach is told to whoever watches, and keeps no request from being served`()
        async throws
    {
        let world = try await WebWorld()
        try await world.serve { site in
            let before = try await site.send("GET", "/readyz")
            #expect(before.status == 200 && before.json?["warnings"] as? [String] == [])
            // As another process wraps everything with a key that this one does not have.
            let keys = try await world.store.dataKeys()
            let former = try #require(keys.first?.rootKeyCheckValue)
            let change = RootKeyChange(
                former: former, new: [9], place: "elsewhere", at: world.clock.now,
                dataKeys: keys.map { key in
                    Rewrapped(
                        former: key,
                        new: StoredDataKey(
                            id: key.id, state: key.state, wrapped: [1], rootKeyCheckValue: [9],
                            createdAt: key.createdAt, activatedAt: nil, retiredAt: nil))
                }, auditKeys: [])
            try await world.store.replaceRootKey(
                change, audit: AuditEvent(at: world.clock.now, actor: .commandLine, action: .rootKeyReplaced))
            try await world.web.keyDesk.rotation.keyring.catchUp()
            world.clock.advance(by: 5)
            let after = try await site.send("GET", "/readyz")
            #expect(after.status == 200 && after.json?["ready"] as? Bool == true)
            let warnings = try #require(after.json?["warnings"] as? [String])
            #expect(warnings.count == 1 && warnings[0].hasPrefix("root_key: "))
        }
    }
}
