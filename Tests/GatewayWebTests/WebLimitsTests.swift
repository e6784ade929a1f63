import GatewayCore
import HTTPTypes
import Storage
import TestSupport
import Testing

@testable import GatewayWeb

@Suite struct `Limits` {
    @Test func `WEB-41 a bucket empties, names the wait, fills again, and other callers notice nothing`() throws {
        let clock = HandClock()
        let limits = RateLimits(isOn: true, clock: clock)
        for _ in 0..<30 { try limits.spend(.connect, by: "192.0.2.1") }
        do {
            try limits.spend(.connect, by: "192.0.2.1")
            Issue.record("the bucket never empties")
        } catch let refusal as WebRefusal {
            #expect(refusal.status == .tooManyRequests)
            #expect(refusal.headerFields[.retryAfter] == "2")
        }
        try limits.spend(.connect, by: "192.0.2.2")
        try limits.spend(.callback, by: "192.0.2.1")
        clock.advance(by: 2)
        try limits.spend(.connect, by: "192.0.2.1")
        #expect(throws: WebRefusal.self) { try limits.spend(.connect, by: "192.0.2.1") }
    }

    @Test func `WEB-41 addresses of one IPv6 network share a bucket`() throws {
        let limits = RateLimits(isOn: true, clock: HandClock())
        for index in 0..<30 { try limits.spend(.connect, by: "2001:db8:1:2::\(index)") }
        #expect(throws: WebRefusal.self) { try limits.spend(.connect, by: "2001:db8:1:2:ffff::1") }
        try limits.spend(.connect, by: "2001:db8:1:3::1")
    }

    @Test(arguments: [
        ("2001:db8::1:2:3:4", "2001:db8::a:b:c:d", true), ("2600:3c00::1", "2600:3c00::2:0:0:1", true),
        ("2001:db8::1:2:3:4", "2001:db8:0:1:1:2:3:4", false),
        ("192.0.2.1", "192.0.2.2", false),
    ])
    func `WEB-41 a /64 is counted by its bits, however its addresses are shortened in writing`(
        one: String, other: String, share: Bool
    ) throws {
        let limits = RateLimits(isOn: true, clock: HandClock())
        for _ in 0..<30 { try limits.spend(.connect, by: one) }
        #expect(throws: WebRefusal.self) { try limits.spend(.connect, by: one) }
        let isRefused = (try? limits.spend(.connect, by: other)) == nil
        #expect(isRefused == share)
    }

    @Test func `WEB-41 a million callers do not fill the memory, and whoever is busy stays limited`() throws {
        let limits = RateLimits(isOn: true, clock: HandClock(), maximumKeys: 10_000)
        for index in 0..<1_000_000 {
            try limits.spend(.link, by: "10.\(index)")
            if index % 1_000 == 0 { _ = try? limits.spend(.link, by: "busy") }
        }
        #expect(limits.count <= 10_000)
        #expect(throws: WebRefusal.self) { try limits.spend(.link, by: "busy") }
    }

    @Test func `WEB-41 over HTTP: 429 with Retry-After for links, starts, callbacks, checks and bad keys`() async throws
    {
        let world = try await WebWorld(limitsRates: true)
        try await world.serve { site in
            func isLimited(_ attempt: () async throws -> WebAnswer) async throws -> Bool {
                for _ in 0..<40 {
                    let answer = try await attempt()
                    if answer.status == 429 { return answer["retry-after"] != nil }
                }
                return false
            }
            let browser = try await site.signedIn()
            let path = try #require(try await browser.connected(to: "acme")["location"])
            let key = try await site.key()
            #expect(try await isLimited { try await site.send("GET", "/oauth/callback?state=x&code=y") })
            #expect(try await isLimited { try await site.call("GET", "/v1/connections", key: "lk_wrong") })
            #expect(try await isLimited { try await browser.connect("acme") })
            world.clock.advance(by: 60)
            #expect(
                try await isLimited {
                    try await site.call("POST", "/v1\(path)/preflight", key: key)
                })
            #expect(try await isLimited { try await site.send("GET", "/sign-in/lki_wrong") })
            #expect(try await browser.get("/integrations").status == 200)
        }
    }

    @Test func `RT-19 a key that renews a connection in a loop is told to wait, and no other key or connection is`()
        async throws
    {
        let world = try await WebWorld(limitsRates: true)
        try await world.serve { site in
            let (one, other) = (try await site.connection(), try await site.connection(to: "noguide"))
            let (greedy, modest) = (try await site.key([.connectionsWrite]), try await site.key([.connectionsWrite]))
            func renew(_ id: String, _ key: String) async throws -> WebAnswer {
                try await site.call("POST", "/v1/connections/\(id)/refresh", key: key)
            }
            var statuses: [Int] = []
            for _ in 0..<10 { statuses.append(try await renew(one, greedy).status) }
            #expect(Set(statuses) == [200])
            let refused = try await renew(one, greedy)
            #expect(refused.status == 429 && refused["retry-after"] == "10")
            #expect(try await renew(other, greedy).status == 200)
            #expect(try await renew(one, modest).status == 200)
            world.clock.advance(by: 10)
            #expect(try await renew(one, greedy).status == 200)
        }
    }

    @Test func `WEB-31 what a request says cannot make a second log line or colour one`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let before = world.log.count
            _ = try await site.send("GET", "/a%0Ab%1B[31m?x=%0D%0Ay", [("User-Agent", "x\u{9}forged")])
            let text = world.log.text
            #expect(world.log.count > before)
            #expect(!text.contains("\u{1B}") && !text.contains("a%0Ab") && !text.contains("forged"))
        }
    }
}
