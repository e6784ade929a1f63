import Foundation
import Gateway
import GatewayCore
import HTTPTypes
import OAuth
import Storage
import StorageSQLite
import Synchronization
import TestSupport
import Testing
import TokenVault
import ZendeskEmulator

/// A gateway with a stand-in in the same process, one connection to `acme`, and the invariants of every refresh checked at
/// the end.
func withRefresh(_ body: (SampleGateway, Connection) async throws -> Void) async throws {
    let clock = HandClock()
    let standIn = EmulatorWorld.forTests(clock: clock)
    standIn.change { state in
        for name in state.organizations.keys { state.organizations[name]?.switches.rateLimit = 1_000_000 }
    }
    let policy = try HostPolicy(parsing: "zendesk.localhost:9443", usesPlainHTTP: true)
    let gateway = try await SampleGateway(
        standIn: standIn, policy: policy, clock: clock, transport: WatchedTransport(Bridge(standIn)),
        store: SQLiteStore.inMemory())
    let connection = try await gateway.connect()
    gateway.transport.forget()
    try await body(gateway, connection)
    await gateway.refresher.drain()
    try await checkInvariants(gateway)
}

/// The six invariants that hold after every fault (security requirements, 6.3), as far as the run has come to rest.
func checkInvariants(_ gateway: SampleGateway, sourceLocation: SourceLocation = #_sourceLocation) async throws {
    let audit = try await gateway.audit.map(\.event)
    // (1) Not while another request with it is open, and never again but in the marked retry.
    #expect(gateway.transport.overlaps == 0, "a refresh token left twice at once", sourceLocation: sourceLocation)
    let connections = try await gateway.store.everyConnection()
    for name in Set(connections.map(\.subdomain)) {
        let marked = audit.count { $0.action == .refreshRepeated && $0.subject == name }
        let uses = gateway.standIn.organization(name)?.tokens.counters.doubleUses ?? 0
        #expect(uses <= marked, "a refresh token was used twice", sourceLocation: sourceLocation)
    }
    for connection in connections {
        checkGenerations(connection, audit, sourceLocation)
        // (4) Every entry has ended.
        let state = try await gateway.store.refreshState(of: connection.id)
        #expect(state?.entry == nil, "an entry is open", sourceLocation: sourceLocation)
        try await checkTold(connection, gateway, sourceLocation)
    }
}

/// (2) Generations grow by one and never repeat. (3) What was handed out had been written down before, and was the newest.
private func checkGenerations(_ connection: Connection, _ audit: [AuditEvent], _ sourceLocation: SourceLocation) {
    var durable: UInt64 = 0
    for event in audit where event.connection == connection.id {
        switch event.action {
        case .connectionCreated, .connectionReauthorized, .tokensRefreshed:
            durable += 1
            #expect(
                event.generation == durable, "a generation was left out or repeated", sourceLocation: sourceLocation)
        case .accessTokenHandedOut where event.outcome == .succeeded:
            #expect(event.generation == durable, "handed out before it was durable", sourceLocation: sourceLocation)
        default: break
        }
    }
    #expect(connection.generation == durable, sourceLocation: sourceLocation)
}

/// (5) and (6): what the store says of a connection is so at the stand-in, and no grant is lost without being named.
private func checkTold(
    _ connection: Connection, _ gateway: SampleGateway, _ sourceLocation: SourceLocation
) async throws {
    let refreshToken = try await gateway.refreshToken(of: connection)
    let known = refreshToken.flatMap { token in
        gateway.standIn.organization(connection.subdomain)?.tokens.record(refreshToken: token)
    }
    switch connection.status {
    case .active:
        #expect(known != nil, "told active, and the grant is gone", sourceLocation: sourceLocation)
        let token = try await gateway.accessToken(of: connection)
        #expect(
            known?.accessToken == token || gateway.transport.hasForgedTokens, "access and refresh token are no pair",
            sourceLocation: sourceLocation)
    case .needsReauthorization:
        let end = connection.refreshTokenExpiresAt ?? .distantFuture
        #expect(
            known == nil || end <= gateway.clock.now || gateway.transport.hasForgedTokens,
            "told dead, and the grant lives", sourceLocation: sourceLocation)
    case .inDoubt: Issue.record("still in doubt", sourceLocation: sourceLocation)
    case .disconnected: #expect(refreshToken == nil, sourceLocation: sourceLocation)
    }
}

extension SampleGateway {
    func refreshToken(of connection: Connection) async throws -> String? {
        let credential = try await store.credential(of: connection.id)
        return try credential?.refreshToken.map { try open($0, "refresh_token", of: connection) }
    }

    func accessToken(of connection: Connection) async throws -> String? {
        let credential = try await store.credential(of: connection.id)
        return try credential.map { try open($0.accessToken, "access_token", of: connection) }
    }

    private func open(_ sealed: [UInt8], _ column: String, of connection: Connection) throws -> String {
        let context = SealingContext(
            tenant: connection.tenant.text, table: "credentials", row: connection.id.text, column: column,
            generation: connection.generation, organization: connection.subdomain)
        return try vault.open(try SealedRecord(parsing: sealed), in: context).exposeText()
    }

    /// Many tenants with one organization, each with a connection of its own.
    func crowd(_ count: Int, at subdomain: String) async throws -> [Connection] {
        let granted = GrantedConnections(store: store, vault: vault, standIn: standIn, clock: clock)
        var connections: [Connection] = []
        for number in 0..<count {
            connections.append(
                try await granted.add(subdomain, tenant: try #require(TenantID("crowd-\(number)"))))
        }
        return connections
    }

    /// Another process over the same store.
    func node(
        store: (any GatewayStore)? = nil, transport: (any HTTPTransport)? = nil, spill: (any RefreshSpill)? = nil,
        secrets: (@Sendable () -> [Secret])? = nil, lifetimes: OAuth.TokenLifetimes? = nil,
        announce: @escaping @Sendable (ConnectionID) -> Void = { _ in }
    ) -> Refresher {
        let settings = Self.zendesk(policy)
        return .forTests(
            store: store ?? self.store, credentials: CredentialVault(vault: vault),
            transport: transport ?? self.transport,
            zendesk: ZendeskSettings(
                policy: policy, clientID: settings.clientID, redirectURI: settings.redirectURI,
                lifetimes: lifetimes ?? settings.lifetimes, secrets: secrets ?? settings.secrets),
            clock: clock, spill: spill ?? SpillShelf(), announce: announce)
    }

    func broker(of node: Refresher) -> TokenBroker {
        TokenBroker(store: store, credentials: CredentialVault(vault: vault), clock: clock, refresher: node)
    }

    /// Everything that is due, by this process or another.
    @discardableResult
    func runSchedule(_ node: Refresher? = nil) async throws -> Int {
        try await RefreshScheduler(node ?? refresher).runOnce()
    }

    func now(_ id: ConnectionID) async throws -> Connection {
        try #require(try await store.connection(id))
    }

    /// Forced, and what came of it.
    func forced(_ id: ConnectionID, by node: Refresher? = nil) async throws -> RefreshResult {
        try await (node ?? refresher).refresh(id, .forced)
    }

    func fault(
        _ kind: Fault.Kind, path: String = "/oauth/tokens", status: Int? = nil, body: String? = nil, times: Int = 1
    ) {
        standIn.queue(
            Fault(
                kind, path: path, status: status, body: body,
                headers: kind == .status ? [.contentType: "application/json"] : [:], times: times))
    }

    /// The next token requests are answered in Zendesk's place, and do nothing there.
    func answerTokens(
        _ status: Int, _ body: String, headers: HTTPFields = [:], times: Int = 1,
        sideEffect: (@Sendable () async -> Void)? = nil
    ) {
        let left = Mutex(times)
        transport.before { request throws(TransportFailure) in
            guard request.path == "/oauth/tokens" else { return nil }
            let isMine = left.withLock { left in
                defer { left -= 1 }
                return left > 0
            }
            guard isMine else { return nil }
            await sideEffect?()
            var fields = headers
            fields[.contentType] = "application/json"
            return OutboundResponse(status: .init(code: status), headerFields: fields, body: Array(body.utf8))
        }
    }

    /// Further organizations, each with a connection.
    func connectMore(_ names: [String]) async throws -> [Connection] {
        standIn.found(names)
        standIn.change { state in
            for name in names { state.organizations[name]?.switches.rateLimit = 1_000_000 }
        }
        let session = try await signIn().session
        var connections: [Connection] = []
        for name in names { connections.append(try await connect(name, in: session)) }
        transport.forget()
        return connections
    }

    func schedule(of id: ConnectionID) async throws -> RefreshSchedule {
        try #require(try await store.refreshState(of: id)).schedule
    }

    /// Looks again and again, for what a task of its own does.
    func eventually(_ what: Comment, _ isSo: () async throws -> Bool) async throws {
        // Other tests may keep every core busy meanwhile.
        for _ in 0..<6_000 {
            if try await isSo() { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record(what)
    }

    func recorded(_ action: AuditAction) async throws -> [AuditEvent] {
        try await audit.map(\.event).filter { $0.action == action }
    }
}

/// Holds something back until it is let go.
final class Stall: Sendable {
    private let state = Mutex<(isOpen: Bool, waiters: [CheckedContinuation<Void, Never>])>((false, []))
    private let reached = AsyncStream<Void>.makeStream()

    func wait() async {
        reached.continuation.yield()
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiters.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }

    /// Until somebody is held.
    func untilReached() async {
        for await _ in reached.stream { return }
    }

    func letGo() {
        let waiters = state.withLock { state in
            state.isOpen = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }
}

/// Counts how many are inside at once.
final class Crowd: Sendable {
    private let state = Mutex((inside: 0, largest: 0))

    var largest: Int { state.withLock(\.largest) }

    func pass() async {
        state.withLock { state in
            state.inside += 1
            state.largest = max(state.largest, state.inside)
        }
        try? await Task.sleep(for: .milliseconds(5))
        state.withLock { $0.inside -= 1 }
    }
}
