import Foundation
import GatewayCore
import HTTPTypes
import Synchronization
import Testing

@testable import OutboundHTTP

@Suite struct `Address policy` {
    /// Each range's first and last address.
    static let refused = [
        "0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.0",
        "127.255.255.255", "169.254.0.0", "169.254.169.254", "169.254.255.255", "172.16.0.0", "172.31.255.255",
        "192.0.0.0", "192.0.0.255", "192.0.2.0", "192.0.2.255", "192.88.99.0", "192.168.0.0", "192.168.255.255",
        "198.18.0.0", "198.19.255.255", "198.51.100.0", "203.0.113.255", "224.0.0.0", "239.255.255.255", "240.0.0.0",
        "255.255.255.255", "::", "::1", "::ffff:8.8.8.8", "::ffff:127.0.0.1", "::8.8.8.8", "64:ff9b::808:808",
        "64:ff9b:1::1", "100::1", "2001::", "2001:0:ffff::1", "2001:1ff:ffff::1", "2001:db8::1", "2002::1",
        "2002:7f00:1::", "3fff::1", "3fff:fff:ffff::1", "1fff::1", "4000::1", "5f00::1", "fc00::1", "fdff::1",
        "fe80::1", "febf::1", "fec0::1", "ff02::1",
    ]

    /// One outside each of them.
    static let allowed = [
        "1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
        "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "191.255.255.255", "192.0.1.0", "192.0.3.0",
        "192.88.98.255", "192.88.100.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0",
        "198.51.99.255", "198.51.101.0", "203.0.112.255", "203.0.114.0", "223.255.255.255", "2000::1", "2001:200::1",
        "2001:db7::1", "2001:db9::1", "2003::1", "3ffe::1", "3fff:1000::1", "2606:4700::6810:1",
    ]

    @Test(arguments: refused)
    func `URL-30 an address that no customer lives at is refused`(text: String) throws {
        #expect(!AddressPolicy().allows(try address(text)))
    }

    @Test(arguments: allowed)
    func `URL-30 its neighbour on the public internet is not`(text: String) throws {
        #expect(AddressPolicy().allows(try address(text)))
    }

    @Test func `URL-30 an answer of any other length is refused`() {
        for count in [0, 3, 5, 15, 17] {
            #expect(!AddressPolicy().allows(ResolvedAddress(octets: Array(repeating: 8, count: count), text: "8")))
        }
    }

    @Test(arguments: ["10.0.0.1", "::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "169.254.169.254"])
    func `OA-61 URL-32 one private answer refuses the whole, wherever it stands, after one question`(bad: String)
        async throws
    {
        let evil = try address(bad)
        let good = try address("8.8.8.8")
        for answer in [[evil], [evil, good], [good, evil], [good, good, evil]] {
            #expect(try await refusal(.success(answer)) == .addressRefused)
        }
    }

    @Test func `URL-33 of a thousand answers a single private one is found, at the very end as well`() async throws {
        let (evil, good) = (try address("10.0.0.1"), try address("8.8.8.8"))
        #expect(try await refusal(.success(Array(repeating: good, count: 999) + [evil])) == .addressRefused)
    }

    @Test
    func `URL-31 a name is asked for once in each attempt, so that a later answer never replaces the checked one`()
        async throws
    {
        let good = try address("8.8.8.8")
        let answers = Mutex([good, try address("127.0.0.1")])
        let questions = Mutex(0)
        let transport = OrganizationTransport(
            resolver: AnsweringResolver {
                questions.withLock { $0 += 1 }
                return answers.withLock { [$0.removeFirst()] }
            })
        let organization = try OrganizationURL(subdomain: "acme", policy: .zendesk)
        let end = ContinuousClock.now + .seconds(30)
        #expect(try await transport.checkedAddress(of: organization, before: end) == good)
        #expect(questions.withLock { $0 } == 1)
        let second = await failure { () throws(TransportFailure) in
            try await transport.checkedAddress(of: organization, before: end)
        }
        #expect(second == .addressRefused && questions.withLock { $0 } == 2)
        await transport.shutdown()
    }

    @Test(arguments: [TransportFailure.nameNotFound, .nameServerFailed, .nameLookupTimedOut])
    func `URL-34 the resolver's three failures stay three, and none may have arrived`(failure: TransportFailure)
        async throws
    {
        #expect(try await refusal(.failure(failure)) == failure)
        #expect(!failure.mayHaveArrived)
    }

    @Test func `a name without addresses is refused`() async throws {
        #expect(try await refusal(.success([])) == .addressRefused)
    }

    @Test func `URL-31 a name below localhost is loopback without asking anybody`() async throws {
        let server = try await RawServer.start { try await $0.answerAll(RawServer.ok) }
        let transport = OrganizationTransport(
            resolver: FixedResolver(.failure(.nameServerFailed)) { Issue.record("asked for \($0)") })
        let response = try await transport.send(server.get())
        #expect(response.status == .ok)
        await transport.shutdown()
        await server.stop()
    }

    @Test func `URL-34 the system's answers map to the three failures`() {
        #expect(SystemNameResolver.failure(of: EAI_NONAME) == .nameNotFound)
        #expect(SystemNameResolver.failure(of: EAI_AGAIN) == .nameLookupTimedOut)
        #expect(SystemNameResolver.failure(of: EAI_FAIL) == .nameServerFailed)
        // A name that exists and has no address is no customer's organization either.
        #expect(SystemNameResolver.failure(of: SystemNameResolver.noData) == .nameNotFound)
    }

    @Test func `the system resolves numbers to their octets`() async throws {
        let four = try await SystemNameResolver().addresses(of: "192.0.2.1")
        #expect(four == [ResolvedAddress(octets: [192, 0, 2, 1], text: "192.0.2.1")])
    }

    private func refusal(_ answer: Result<[ResolvedAddress], TransportFailure>) async throws -> TransportFailure? {
        let questions = Mutex<[String]>([])
        let transport = OrganizationTransport(
            resolver: FixedResolver(answer) { host in questions.withLock { $0.append(host) } })
        let organization = try OrganizationURL(subdomain: "acme", policy: .zendesk)
        let request = OutboundRequest(.get, "/", at: organization, limits: .quick)
        let failure = await failure { () throws(TransportFailure) in try await transport.send(request) }
        #expect(questions.withLock { $0 } == ["acme.zendesk.com"])
        await transport.shutdown()
        return failure
    }

    private func address(_ text: String) throws -> ResolvedAddress {
        var octets = [UInt8](repeating: 0, count: text.contains(":") ? 16 : 4)
        let family = text.contains(":") ? AF_INET6 : AF_INET
        let outcome = unsafe octets.withUnsafeMutableBytes { unsafe inet_pton(family, text, $0.baseAddress) }
        try #require(outcome == 1)
        return ResolvedAddress(octets: octets, text: text)
    }
}

/// Answers anew each time.
private struct AnsweringResolver: NameResolver {
    let answer: @Sendable () -> [ResolvedAddress]

    func addresses(of host: String) async throws(TransportFailure) -> [ResolvedAddress] { answer() }
}
