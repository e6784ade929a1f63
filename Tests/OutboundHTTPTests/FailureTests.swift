import Foundation
import GatewayCore
import HTTPTypes
import NIOCore
import NIOPosix
import Testing

@testable import OutboundHTTP

@Suite struct `Transport failures` {
    @Test(arguments: [
        "SSH-2.0-OpenSSH\r\n\r\n", "HTTP/1.1 abc OK\r\n\r\n", "HTTP/9.9.9 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon here\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nok\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n",
    ])
    func `a malformed answer is told as such, and the request may have arrived`(answer: String) async throws {
        try await expect(.malformedResponse) { conversation in
            _ = try await conversation.request()
            try await conversation.say(answer)
            try await conversation.waitForEnd()
        }
        #expect(TransportFailure.malformedResponse.mayHaveArrived)
    }

    @Test(arguments: [
        "", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"a\"",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    ])
    func `OA-70 an answer that is cut off is never taken for a whole one`(answer: String) async throws {
        try await withServer({ conversation in
            _ = try await conversation.request()
            try await conversation.say(answer)
        }) { server, transport in
            let request = try server.post("a=b")
            let failure = await failure { () throws(TransportFailure) in try await transport.send(request) }
            #expect(failure == .closedEarly || failure == .malformedResponse && !answer.isEmpty)
            #expect(server.seen.requests.count == 1, "sent again without being asked")
        }
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n" + String(repeating: "x", count: 1001),
        "HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n" + String(repeating: "x", count: 2000),
    ])
    func `OA-65 a body beyond the limit is not read on`(answer: String) async throws {
        try await expect(.responseTooLarge) { conversation in
            _ = try await conversation.request()
            try await conversation.say(answer)
            try await conversation.waitForEnd()
        }
    }

    @Test func `OA-65 a body of exactly the limit is whole, and one that never ends is dropped`() async throws {
        let full = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + String(repeating: "x", count: 1000)
        try await withServer({ try await $0.answerAll(full) }) { server, transport in
            let response = try await transport.send(server.get())
            #expect(response.body.count == 1000)
        }
        try await expect(.responseTooLarge) { conversation in
            _ = try await conversation.request()
            try await conversation.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            while true { try await conversation.say("64\r\n" + String(repeating: "x", count: 100) + "\r\n") }
        }
    }

    @Test(arguments: [
        ("", ""), ("HTTP/1.1 200 OK\r\nX-A: ", "a"), ("HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", "x"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n"), ("", "HTTP/1.1 103 Early\r\n\r\n"),
    ])
    func `OA-63 OA-68 silence, a dripping head, a dripping body and endless interim answers end at the deadline`(
        start: String, drip: String
    ) async throws {
        for isFresh in [true, false] {
            let begun = ContinuousClock.now
            try await expect(.timedOut, limits: .within(1000, fresh: isFresh)) { conversation in
                _ = try await conversation.request()
                try await conversation.say(start)
                while !drip.isEmpty {
                    try await conversation.say(drip)
                    try await Task.sleep(for: .milliseconds(20))
                }
                try await conversation.waitForEnd()
            }
            #expect(ContinuousClock.now - begun < .seconds(30))
        }
        #expect(TransportFailure.timedOut.mayHaveArrived)
    }

    @Test func `OA-67 a header of a megabyte and a hundred thousand headers fail the call`() async throws {
        let one = "X-A: " + String(repeating: "a", count: 1 << 20) + "\r\n"
        let many = (0..<100_000).map { "X-\($0): a\r\n" }.joined()
        for headers in [one, many] {
            try await withServer({ conversation in
                _ = try await conversation.request()
                try await conversation.say("HTTP/1.1 200 OK\r\n" + headers + "Content-Length: 0\r\n\r\n")
                try await conversation.waitForEnd()
            }) { server, transport in
                let request = try server.get()
                let failure = await failure { () throws(TransportFailure) in try await transport.send(request) }
                #expect(failure?.mayHaveArrived == true)
            }
        }
    }

    @Test(arguments: [true, false])
    func `a refused connection is told at once, and certainly did not arrive`(isFresh: Bool) async throws {
        let server = try await RawServer.start { try await $0.waitForEnd() }
        await server.stop()
        let transport = OrganizationTransport()
        let begun = ContinuousClock.now
        let request = try server.get(limits: .within(20_000, fresh: isFresh))
        let failure = await failure { () throws(TransportFailure) in try await transport.send(request) }
        #expect(failure == .connectionRefused && failure?.mayHaveArrived == false)
        #expect(ContinuousClock.now - begun < .seconds(30))
        await transport.shutdown()
    }

    @Test func `URL-33 a name server that never answers is left behind at the deadline`() async throws {
        struct Silent: NameResolver {
            func addresses(of host: String) async throws(TransportFailure) -> [ResolvedAddress] {
                // Deaf to cancellation, as the system's resolver is.
                await withCheckedContinuation { continuation in
                    DispatchQueue.global().asyncAfter(deadline: .now() + 5) { continuation.resume() }
                }
                return []
            }
        }
        let transport = OrganizationTransport(resolver: Silent())
        let organization = try OrganizationURL(subdomain: "acme", policy: .zendesk)
        let request = OutboundRequest(.get, "/", at: organization, limits: .within(100))
        let begun = ContinuousClock.now
        let failure = await failure { () throws(TransportFailure) in try await transport.send(request) }
        #expect(failure == .nameLookupTimedOut)
        #expect(ContinuousClock.now - begun < .seconds(30))
        await transport.shutdown()
    }

    @Test func `OA-64 an address that never answers is a connect time-out, and certainly did not arrive`() async throws
    {
        // A queue of one that nobody empties: the kernel drops further connection requests.
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { general in
                _ = unsafe bind(listener, general, size)
                _ = listen(listener, 0)
                _ = unsafe getsockname(listener, general, &size)
            }
        }
        let fillers = (0..<4).map { _ in socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
        }
        defer { fillers.forEach { close($0) } }
        for filler in fillers {
            unsafe withUnsafePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    _ = unsafe connect(filler, $0, size)
                }
            }
        }
        let port = UInt16(bigEndian: address.sin_port)
        let policy = try HostPolicy(parsing: "zendesk.localhost:\(port)", usesPlainHTTP: true)
        let transport = OrganizationTransport(connectLimit: .milliseconds(200))
        let request = OutboundRequest(
            .get, "/", at: try OrganizationURL(subdomain: "acme", policy: policy), limits: .quick)
        let failure = await failure { () throws(TransportFailure) in try await transport.send(request) }
        #expect(failure == .connectTimedOut && failure?.mayHaveArrived == false)
        await transport.shutdown()
    }

    @Test func `RT-41 without a descriptor for the socket nothing has left`() {
        for code in [EMFILE, ENFILE] {
            let failure = FailureClassifier.failure(of: IOError(errnoCode: code, reason: "socket"))
            #expect(failure == .outOfDescriptors && !failure.mayHaveArrived)
        }
    }

    private func expect(
        _ expected: TransportFailure, limits: OutboundLimits = .quick,
        sourceLocation: SourceLocation = #_sourceLocation,
        _ script: @escaping @Sendable (Conversation) async throws -> Void
    ) async throws {
        try await withServer(script) { server, transport in
            let request = try server.post("a=b", limits: limits)
            let failure = await failure { () throws(TransportFailure) in try await transport.send(request) }
            #expect(failure == expected, sourceLocation: sourceLocation)
            #expect(server.seen.requests.count == 1, sourceLocation: sourceLocation)
        }
    }
}
