import Foundation
import Gateway
import Storage
import Testing

@testable import GatewayWeb

@Suite struct `Proofs over the API` {
    @Test func `an entry's place is proved, and that one log is the beginning of another`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let key = try await site.key([.auditRead])
            _ = try await world.web.auditLog.checkpoint()
            let newest = try await world.web.auditLog.newestCheckpoint()
            let size = try #require(newest?.size)
            let place = try await site.call("GET", "/v1/audit/proof?index=1", key: key)
            #expect(place.status == 200 && place.json?["size"] as? Int64 == size)
            let grown = try await site.call("GET", "/v1/audit/proof?from=1&to=\(size)", key: key)
            #expect(grown.status == 200 && grown.json?["to"] as? Int64 == size)
            #expect(try await site.call("GET", "/v1/audit/proof?from=1", key: key).text == grown.text)
            #expect(try await site.call("GET", "/v1/audit/proof?index=\(size + 1)", key: key).status == 404)
        }
    }

    @Test(arguments: [
        "", "?size=1", "?to=1", "?index=", "?index=1&size=", "?from=1&to=", "?from=1&size=", "?from=1&size=1",
        "?index=1&to=", "?index=1&to=1", "?index=1&from=1", "?index=%2B1", "?index=-1", "?index=1%20", "?index=1.0",
        "?index=9223372036854775808", "?index=1&index=1", "?index=1&other=1",
    ])
    func `a query that does not ask for one of the two, in whole numbers, is refused`(query: String) async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let key = try await site.key([.auditRead])
            _ = try await world.web.auditLog.checkpoint()
            let answer = try await site.call("GET", "/v1/audit/proof\(query)", key: key)
            #expect(answer.status == 400, "\(answer.text)")
        }
    }

    @Test(arguments: ["after=", "after=%2B0", "after=-1", "after=x"])
    func `entries are asked for by a whole number`(query: String) async throws {
        try await WebWorld().serve { site in
            let key = try await site.key([.auditRead])
            #expect(try await site.call("GET", "/v1/audit?\(query)", key: key).status == 400)
            #expect(try await site.call("GET", "/v1/audit?after=0", key: key).status == 200)
        }
    }
}
