import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Synchronization
import Testing

@testable import ZendeskEmulator

/// A running stand-in on free ports, with a client that follows no redirects.
private func withServer(
    controlPort: Int? = 0, _ body: @escaping @Sendable (EmulatorWorld, EmulatorAddresses) async throws -> Void
) async throws {
    let world = Visit().world
    let (ready, announce) = AsyncStream<EmulatorAddresses>.makeStream()
    let server = EmulatorServer(EmulatorConfiguration(controlPort: controlPort), world: world) { announce.yield($0) }
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await server.run() }
        for await addresses in ready {
            try await body(world, addresses)
            break
        }
        group.cancelAll()
        // The server ends by being cancelled.
        _ = try? await group.waitForAll()
    }
}

private func send(
    _ method: HTTPMethod = .GET, port: Int, host: String, _ path: String, body: String? = nil, limit: Int = 1 << 20
) async throws -> (status: Int, text: String) {
    var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
    request.method = method
    request.headers.add(name: "Host", value: "\(host):\(port)")
    if let body {
        request.headers.add(name: "Content-Type", value: "application/json")
        request.body = .bytes(ByteBuffer(string: body))
    }
    let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
    let collected = try await response.body.collect(upTo: limit)
    return (Int(response.status.code), String(buffer: collected))
}

@Suite(.serialized) struct `Server` {
    @Test func `serves organizations by host name`() async throws {
        try await withServer { _, addresses in
            let me = try await send(port: addresses.port, host: "acme.zendesk.localhost", "/api/v2/users/me.json")
            #expect(me.status == 200)
            #expect(me.text.contains("\"id\":null"))
            let nobody = try await send(port: addresses.port, host: "no.zendesk.localhost", "/api/v2/users/me.json")
            #expect(nobody.status == 404)
        }
    }

    @Test func `the control interface is reachable on its own listener only`() async throws {
        try await withServer { _, addresses in
            let control = try #require(addresses.controlPort)
            #expect(control != addresses.port)
            #expect(try await send(port: control, host: "127.0.0.1", "/state").status == 200)
            #expect(try await send(port: addresses.port, host: "127.0.0.1", "/state").status == 421)
            #expect(try await send(port: addresses.port, host: "acme.zendesk.localhost", "/state").status == 404)
            #expect(try await send(port: control, host: "acme.zendesk.localhost", "/api/v2/users/me").status == 421)
        }
    }

    @Test func `without a control port there is no control interface`() async throws {
        try await withServer(controlPort: nil) { _, addresses in
            #expect(addresses.controlPort == nil)
        }
    }

    @Test func `drop_after does the work and says nothing`() async throws {
        try await withServer { world, addresses in
            var visit = Visit(world: world)
            visit.organization = "acme"
            let pair = visit.connect()
            world.queue(Fault(.dropAfter, path: "/oauth/tokens", method: "POST"))
            let body = """
                {"grant_type":"refresh_token","refresh_token":"\(pair.refresh)","client_id":"zdg-latchkey",\
                "client_secret":"\(Visit.secret)","expires_in":3600}
                """
            let port = addresses.port
            await #expect(throws: (any Error).self) {
                try await send(.POST, port: port, host: "acme.zendesk.localhost", "/oauth/tokens", body: body)
            }
            #expect(visit.api("users", pair.access).errorWord == "invalid_token")
            #expect(world.counters.rotations == 1)
        }
    }

    @Test func `delay_after has done the work before it waits`() async throws {
        try await withServer { world, addresses in
            var visit = Visit(world: world)
            visit.organization = "acme"
            let pair = visit.connect()
            world.queue(Fault(.delayAfter, path: "/oauth/tokens", method: "POST", milliseconds: 2_000))
            let body = """
                {"grant_type":"refresh_token","refresh_token":"\(pair.refresh)","client_id":"zdg-latchkey",\
                "client_secret":"\(Visit.secret)","expires_in":3600}
                """
            let port = addresses.port
            let asking = Task {
                try await send(.POST, port: port, host: "acme.zendesk.localhost", "/oauth/tokens", body: body)
            }
            while world.counters.rotations == 0 { await Task.yield() }
            #expect(visit.api("users", pair.access).errorWord == "invalid_token", "although nobody was answered")
            asking.cancel()
            _ = try? await asking.value
        }
    }

    @Test func `drop_before does nothing and says nothing`() async throws {
        try await withServer { world, addresses in
            world.queue(Fault(.dropBefore, path: "/api/v2/users/me"))
            let port = addresses.port
            await #expect(throws: (any Error).self) {
                try await send(port: port, host: "acme.zendesk.localhost", "/api/v2/users/me")
            }
            #expect(world.log.last?.fault == "drop_before")
            #expect(world.log.last?.status == 0)
        }
    }

    @Test func `a queued status arrives over the control interface and is played once`() async throws {
        try await withServer { _, addresses in
            let fault = #"{"path":"/api/v2/users/me","kind":"status","status":503,"headers":{"Retry-After":"1"}}"#
            let control = try #require(addresses.controlPort)
            #expect(try await send(.POST, port: control, host: "127.0.0.1", "/faults", body: fault).status == 200)
            let host = "acme.zendesk.localhost"
            #expect(try await send(port: addresses.port, host: host, "/api/v2/users/me").status == 503)
            #expect(try await send(port: addresses.port, host: host, "/api/v2/users/me").status == 200)
        }
    }

    @Test func `a delay answers as usual afterwards`() async throws {
        try await withServer { world, addresses in
            world.queue(Fault(.delay, path: "/api/v2/users/me", milliseconds: 20))
            let answer = try await send(port: addresses.port, host: "acme.zendesk.localhost", "/api/v2/users/me")
            #expect(answer.status == 200)
        }
    }

    @Test func `a huge answer is far beyond what a client should read`() async throws {
        try await withServer { world, addresses in
            world.queue(Fault(.huge, path: "/api/v2/users/me"))
            let port = addresses.port
            await #expect(throws: (any Error).self) {
                try await send(port: port, host: "acme.zendesk.localhost", "/api/v2/users/me", limit: 1 << 20)
            }
        }
    }

    @Test func `HEAD is answered without a body`() async throws {
        try await withServer { _, addresses in
            let answer = try await send(.HEAD, port: addresses.port, host: "acme.zendesk.localhost", "/api/v2/users/me")
            #expect(answer.status == 200)
            #expect(answer.text.isEmpty)
        }
    }
}
