import Foundation
import GatewayCore
import OAuth
import OutboundHTTP
import TestSupport
import Testing

@testable import Preflight

/// A name server under an attacker's control, behind the real way out.
private struct HostileResolver: NameResolver {
    let answer: Result<[ResolvedAddress], TransportFailure>

    func addresses(of host: String) async throws(TransportFailure) -> [ResolvedAddress] { try answer.get() }
}

@Suite("What a check of an organization gives away") struct EgressTests {
    private static func report(_ answer: Result<[ResolvedAddress], TransportFailure>) async throws -> PreflightReport {
        let transport = OrganizationTransport(resolver: HostileResolver(answer: answer))
        let random = SystemRandomSource()
        let organization = try OrganizationURL(subdomain: "acme", policy: .zendesk)
        let request = AuthorizationRequest(
            clientID: "zdg", redirectURI: "https://latchkey.example/oauth/callback", scope: ScopeSet(["read"]),
            state: AuthorizationState(random: random).value, challenge: ProofKey(random: random).challenge)
        let context = PreflightContext(
            organization: organization, transport: transport, authorization: request, clock: HandClock(), egress: [])
        let report = await PreflightRunner(checks: PreflightRunner.coldChecks).run(
            PreflightReportID(random: random), in: context, connection: nil)
        await transport.shutdown()
        return report
    }

    private static func address(_ octets: UInt8...) -> ResolvedAddress {
        ResolvedAddress(octets: octets, text: octets.map { String($0) }.joined(separator: "."))
    }

    /// Everything but ids and times.
    private static func told(_ report: PreflightReport) -> [String] {
        report.checks.map { "\($0.code) \($0.status) \($0.message) \($0.remedy ?? "") \($0.evidence.sorted(by: <))" }
    }

    @Test("OA-105, URL-30, URL-32: an internal address, two of them, or one among public ones look like no address")
    func internalAddresses() async throws {
        let missing = Self.told(try await Self.report(.failure(.nameNotFound)))
        let inside: [[ResolvedAddress]] = [
            [Self.address(127, 0, 0, 1)], [Self.address(10, 1, 2, 3)], [Self.address(169, 254, 169, 254)],
            [Self.address(192, 168, 0, 1), Self.address(172, 16, 0, 1)],
            [Self.address(93, 184, 216, 34), Self.address(10, 0, 0, 1)],
            [ResolvedAddress(octets: [UInt8](repeating: 0, count: 15) + [1], text: "::1")],
        ]
        for addresses in inside {
            let report = try await Self.report(.success(addresses))
            #expect(Self.told(report) == missing)
        }
        #expect(missing[0].contains("fail"))
    }

    @Test("OA-105: no report names an address, a certificate or a word of an answer")
    func nothingOfTheInside() async throws {
        let report = try await Self.report(.success([Self.address(10, 9, 8, 7)]))
        #expect(!String(decoding: try report.json(), as: UTF8.self).contains("10.9.8.7"))
    }
}
