import Foundation
import Gateway
import GatewayCore
import OAuth
import Storage
import Synchronization
import TestSupport
import Testing
import ZendeskEmulator

@Suite("A change of the client's secret") struct ClientSecretTests {
    private static let new = "new-client-secret-77aa"

    @Test("KEY-20: a mistyped secret is found by one probe, and the former one stays")
    func mistyped() async throws {
        try await withGateway { gateway in
            let bench = SecretBench(gateway)
            try await gateway.connect()
            gateway.transport.forget()
            let outcome = try await bench.take(["mistyped", SampleGateway.clientSecret])
            #expect(outcome == .refused && bench.inUse == [SampleGateway.clientSecret])
            #expect(gateway.tokenCalls == 1, "one probe, and the second line is not offered to anybody")
            #expect(bench.watch.state.hasRefusedFile)
            #expect(try await gateway.audit.last?.event.outcome == .refused(code: "client_secret.refused"))
            #expect(try await !gateway.actions.contains(.clientSecretChanged))
            #expect(
                try await gateway.store.connections(matching: ConnectionQuery(status: .active)).connections.count == 1)
        }
    }

    @Test("KEY-20: the probe touches no grant, and no refresh token counts as used twice")
    func harmless() async throws {
        try await withGateway { gateway in
            let bench = SecretBench(gateway)
            try await gateway.connect()
            let before = gateway.standIn.organization("acme")?.tokens.records
            #expect(try await bench.change.probe(Secret(SampleGateway.clientSecret)) == .accepted)
            #expect(try await bench.change.probe(Secret("wrong")) == .refused)
            #expect(gateway.standIn.organization("acme")?.tokens.records == before)
            let sent = gateway.transport.calls(to: "/oauth/tokens").compactMap { $0.request.body?.exposeText() }
            #expect(sent.suffix(2).allSatisfy { $0.contains("latchkey-probe-") })
        }
    }

    /// Zendesk's published data model knows one secret and no time in which two are valid, so the overlap is ours: both lines
    /// stand in the file while Zendesk changes from one to the other.
    @Test(
        "KEY-18: the new secret is tried first, the old one stays behind it, and who still waits for a renewal is counted"
    )
    func overlap() async throws {
        try await withGateway { gateway in
            let bench = SecretBench(gateway)
            let first = try await gateway.connect()
            gateway.standIn.changeSecret(to: Self.new)
            #expect(try await bench.take([Self.new, SampleGateway.clientSecret]) == .activated)
            #expect(bench.inUse == [Self.new, SampleGateway.clientSecret])
            gateway.transport.forget()
            let connection = try await bench.connect("noguide")
            #expect(connection.status == .active && bench.watch.state.acceptedPosition == 0)
            #expect(gateway.tokenCalls == 1, "the old one is not offered to anybody who takes the new one")
            #expect(try await gateway.actions.contains(.clientSecretChanged))
            let waiting = try await gateway.store.connectionsUnchanged(sinceLast: .clientSecretChanged)
            #expect(waiting == 1, "the first connection still waits for its first renewal under the new secret")
            gateway.clock.advance(by: 1)
            #expect(try await bench.refresh(first.id) == .current)
            let left = try await gateway.store.connectionsUnchanged(sinceLast: .clientSecretChanged)
            #expect(left == 0, "now the old line may go")
        }
    }

    @Test("KEY-18: where the new secret is not valid yet the old one on the second line serves, and it shows")
    func nextLineServes() async throws {
        try await withGateway { gateway in
            let bench = SecretBench(gateway)
            bench.use([Self.new, SampleGateway.clientSecret])
            gateway.transport.before { request throws(TransportFailure) in
                if request.path == "/oauth/tokens" {
                    #expect(bench.watch.state.refusedSince == nil, "one line's refusal is not every line's")
                }
                return nil
            }
            let connection = try await bench.connect("acme")
            #expect(connection.status == .active)
            #expect(bench.watch.state.acceptedPosition == 1 && bench.watch.state.refusedSince == nil)
            #expect(gateway.tokenCalls == 2)
        }
    }

    @Test("KEY-19: without overlap no connection is marked dead and tokens are handed out; after SIGHUP all resumes")
    func noOverlap() async throws {
        try await withGateway { gateway in
            let bench = SecretBench(gateway)
            let connection = try await gateway.connect()
            gateway.standIn.changeSecret(to: Self.new)
            await #expect(throws: (any Error).self) { try await bench.connect("noguide") }
            #expect(bench.watch.state.refusedSince != nil)
            #expect(try await gateway.store.connection(connection.id)?.status == .active)
            #expect(try await gateway.broker.accessToken(for: connection.id).generation == 1)
            #expect(try await bench.take([Self.new]) == .activated)
            #expect(bench.watch.state.refusedSince == nil)
            #expect(try await bench.connect("noguide").status == .active)
        }
    }

    @Test(
        "KEY-20: with Zendesk down the new secret is used with the former one behind it, and is said to be unverified")
    func unverified() async throws {
        try await withGateway { gateway in
            let bench = SecretBench(gateway)
            try await gateway.connect()
            gateway.silence()
            let outcome = try await bench.take([Self.new])
            #expect(outcome == .activatedUnverified(code: "transport.connection_refused"))
            #expect(bench.inUse == [Self.new, SampleGateway.clientSecret] && bench.watch.state.isUnverified)
            gateway.transport.before(nil)
            #expect(try await bench.connect("noguide").status == .active, "the former one still serves")
        }
    }

    @Test("KEY-20: an organization that does not answer is not the last word; the next one is asked")
    func nextOrganization() async throws {
        try await withGateway { gateway in
            let bench = SecretBench(gateway)
            try await gateway.connect("acme")
            try await gateway.connect("noguide")
            gateway.transport.before { request throws(TransportFailure) in
                if request.organization.subdomain == "noguide" { throw .timedOut }
                return nil
            }
            #expect(try await bench.change.probe(Secret("wrong")) == .refused)
        }
    }

    @Test("KEY-20: one organization that has thrown our client out does not make a good secret refused")
    func oneOrganizationRefuses() async throws {
        try await withGateway { gateway in
            let bench = SecretBench(gateway)
            try await gateway.connect("acme")
            try await gateway.connect("noguide")
            gateway.standIn.changeSecret(to: Self.new)
            for stranger in ["acme", "noguide"] {
                gateway.standIn.update(stranger) { $0.switches.knowsClients = false }
                #expect(try await bench.change.probe(Secret(Self.new)) == .accepted, "\(stranger) does not know us")
                #expect(try await bench.change.probe(Secret("wrong")) == .refused)
                gateway.standIn.update(stranger) { $0.switches.knowsClients = true }
            }
            gateway.transport.before { request throws(TransportFailure) in
                if request.organization.subdomain == "acme" { throw .timedOut }
                return nil
            }
            #expect(try await bench.change.probe(Secret("wrong")) == .refused, "silence does not take a refusal back")
        }
    }

    @Test("a file that holds what is in use changes nothing")
    func unchanged() async throws {
        try await withGateway { gateway in
            let bench = SecretBench(gateway)
            try await gateway.connect()
            #expect(try await bench.take([SampleGateway.clientSecret]) == .unchanged(.accepted))
            #expect(try await !gateway.actions.contains(.clientSecretChanged))
        }
    }

    @Test("OA-104: no secret stands in the figures or in the audit log")
    func canary() async throws {
        try await withGateway { gateway in
            let bench = SecretBench(gateway)
            try await gateway.connect()
            _ = try await bench.take(["mistyped-canary"])
            _ = try await bench.connect("noguide")
            let text = bench.metrics.text() + "\(try await gateway.audit)"
            #expect(text.contains("latchkey_client_secret_answers_total"))
            #expect(SampleGateway.clientSecret.contains("canary") && !text.contains("canary"))
        }
    }
}

extension EmulatorWorld {
    fileprivate func changeSecret(to secret: String) {
        #expect(rotateSecret(of: SampleGateway.clientID, to: secret))
    }
}

/// A connect flow that uses what a file of secrets would hold.
private final class SecretBench: Sendable {
    let gateway: SampleGateway
    let metrics = Metrics()
    let watch: ClientSecretWatch
    private let secrets = Mutex<[Secret]>([Secret(SampleGateway.clientSecret)])

    init(_ gateway: SampleGateway) {
        self.gateway = gateway
        watch = ClientSecretWatch(clock: gateway.clock, metrics: metrics)
    }

    var inUse: [String] { secrets.withLock { $0.map { $0.exposeText() } } }

    func use(_ texts: [String]) { secrets.withLock { $0 = texts.map { Secret($0) } } }

    private var zendesk: ZendeskSettings {
        ZendeskSettings(
            policy: gateway.policy, clientID: SampleGateway.clientID, redirectURI: SampleGateway.redirectURI,
            lifetimes: TokenLifetimes(access: 172_800, refresh: 7_776_000), secretWatch: watch,
            secrets: { [self] in secrets.withLock { $0 } })
    }

    var change: ClientSecretChange {
        ClientSecretChange(
            store: gateway.store, transport: gateway.transport, zendesk: zendesk, watch: watch,
            clock: gateway.clock, random: SystemRandomSource())
    }

    func take(_ texts: [String]) async throws -> ClientSecretChange.Outcome {
        try await change.take(texts.map { Secret($0) }, actor: .system) { fresh in secrets.withLock { $0 = fresh } }
    }

    func refresh(_ id: ConnectionID) async throws -> RefreshResult {
        let refresher = Refresher.forTests(
            store: gateway.store, credentials: CredentialVault(vault: gateway.vault), transport: gateway.transport,
            zendesk: zendesk, clock: gateway.clock)
        return try await refresher.refresh(id, .forced)
    }

    func connect(_ subdomain: String) async throws -> Connection {
        let flow = ConnectFlow(
            store: gateway.store, credentials: CredentialVault(vault: gateway.vault), transport: gateway.transport,
            zendesk: zendesk, revocations: gateway.revocations, clock: gateway.clock, random: SystemRandomSource())
        let departure = try await gateway.begin(subdomain, in: try await gateway.signIn().session)
        let query = try gateway.approve(departure)
        return try await flow.complete(
            ConnectFlow.Arrival(query: query, browser: { _ in departure.browser }, session: nil)
        ).connection
    }
}
