package import FoundationEssentials
package import GatewayCore
package import Storage
import Synchronization

/// What a refresh works with.
package struct RefreshDependencies: Sendable {
    let store: any GatewayStore
    let credentials: CredentialVault
    let transport: any HTTPTransport
    let zendesk: ZendeskSettings
    let revocations: RevocationQueue
    let spill: any RefreshSpill
    let clock: any WallClock
    let random: any RandomSource
    let metrics: Metrics
    let times: RefreshTimes
    /// Whether the database is older than its audit checkpoint: then nothing is sent that may be spent (KEY-29).
    let isDatabaseDoubtful: @Sendable () -> Bool
    /// Wakes who waits for newer tokens of a connection.
    let announce: @Sendable (ConnectionID) -> Void
    /// Names this process in the journal.
    let node: String

    package init(
        store: any GatewayStore, credentials: CredentialVault, transport: any HTTPTransport, zendesk: ZendeskSettings,
        revocations: RevocationQueue, spill: any RefreshSpill, clock: any WallClock, random: any RandomSource,
        metrics: Metrics, times: RefreshTimes = RefreshTimes(),
        isDatabaseDoubtful: @escaping @Sendable () -> Bool = { false },
        announce: @escaping @Sendable (ConnectionID) -> Void = { _ in }
    ) {
        self.store = store
        self.credentials = credentials
        self.transport = transport
        self.zendesk = zendesk
        self.revocations = revocations
        self.spill = spill
        self.clock = clock
        self.random = random
        self.metrics = metrics
        self.times = times
        self.isDatabaseDoubtful = isDatabaseDoubtful
        self.announce = announce
        node = Base32.encode(random.bytes(10))
    }
}

/// What came of a refresh.
package enum RefreshResult: Sendable, Equatable {
    /// What the store holds now is what was wanted.
    case current
    /// Not now. What lives may be used meanwhile, unless the tokens wait to be saved.
    case notNow(code: String, until: Date)
    /// No token of this connection lives as long as was asked for; in seconds what is the most.
    case outOfReach(longest: TimeInterval)
    case needsReauthorization(reason: String)
    case disconnected
}

/// All refreshes of this process: one flight for each connection, whoever asks; what waits to be saved; and whether Zendesk
/// accepts our client.
package actor Refresher {
    struct Flight {
        let number: Int
        let wish: RefreshWish
        let work: Task<RefreshResult, any Error>
    }

    /// Refreshes that somebody waits for: enough for a restart with everything expired, and no storm at Zendesk (RT-30). One
    /// organization that hangs holds this many and no more.
    private static let (demandAtOnce, demandAtOnceForOne) = (64, 4)

    nonisolated let dependencies: RefreshDependencies
    nonisolated let gate = RefreshGate(total: Refresher.demandAtOnce, each: Refresher.demandAtOnceForOne)
    private nonisolated let clockSteps = ClockSteps()
    /// Connections whose stored access token is about to change or is known to be superseded; read without waiting.
    private nonisolated let busy = Mutex<Set<ConnectionID>>([])
    var flights: [ConnectionID: Flight] = [:]
    private var flightCount = 0
    private var circuit = RefreshCircuit()
    var unsaved: [ConnectionID: CredentialRenewal] = [:]
    var savers: [ConnectionID: Task<Void, Never>] = [:]
    private var lostGrants = LostGrants()
    /// The program is about to end: what is in flight lands, and nothing else begins (RT-42).
    package private(set) var isStopping = false

    package init(_ dependencies: RefreshDependencies) {
        self.dependencies = dependencies
    }

    /// Joins the flight of the connection if there is one, and begins one otherwise. A caller who is cancelled waits no longer,
    /// and the flight goes on.
    package func refresh(
        _ id: ConnectionID, _ wish: RefreshWish, actor: AuditActor = .system
    ) async throws -> RefreshResult {
        while let flight = flights[id] {
            let result = try await Self.landing(of: flight.work)
            switch result {
            case .needsReauthorization, .disconnected: return result
            case .current, .notNow: if flight.wish.covers(wish) { return result }
            // What was too much for the other one may not be for this one.
            case .outOfReach: continue
            }
        }
        guard !isStopping else { return .notNow(code: "stopping", until: dependencies.clock.now) }
        return try await begin(id, wish, actor: actor)
    }

    private func begin(_ id: ConnectionID, _ wish: RefreshWish, actor: AuditActor) async throws -> RefreshResult {
        flightCount += 1
        let number = flightCount
        let attempt = RefreshAttempt(dependencies, by: self, of: id, wish: wish, actor: actor)
        let work = Task { @concurrent () async throws -> RefreshResult in
            do {
                let result = try await attempt.run()
                await self.land(id, number)
                return result
            } catch {
                await self.land(id, number)
                throw error
            }
        }
        flights[id] = Flight(number: number, wish: wish, work: work)
        return try await Self.landing(of: work)
    }

    private nonisolated static func landing(of work: Task<RefreshResult, any Error>) async throws -> RefreshResult {
        let (landings, landing) = AsyncThrowingStream<RefreshResult, any Error>.makeStream()
        Task {
            do {
                landing.yield(try await work.value)
            } catch {
                landing.finish(throwing: error)
            }
        }
        // The stream of whoever is cancelled ends; a task's value would keep him.
        for try await result in landings { return result }
        throw CancellationError()
    }

    private func land(_ id: ConnectionID, _ number: Int) {
        guard flights[id]?.number == number else { return }
        flights[id] = nil
        if unsaved[id] == nil { release(id) }
    }

    /// Nothing begins any more.
    package func stop() { isStopping = true }

    /// Waits for every flight, but not for ever, also when the caller is cancelled: what has not landed by then, the journal
    /// and the spill tell (RT-42).
    package func drain(within limit: Duration = RefreshLimits().drain) async {
        let (bells, bell) = AsyncStream<Void>.makeStream()
        Task {
            await landAll()
            bell.yield()
        }
        let timer = Task {
            try? await Task.sleep(for: limit)
            bell.yield()
        }
        await Task { for await _ in bells { return } }.value
        timer.cancel()
    }

    private func landAll() async {
        while let flight = flights.values.first { _ = try? await flight.work.value }
    }

    package var flightsNow: Int { flights.count }
}

// What requests ask without waiting for the actor.
extension Refresher {
    /// The stored access token is about to die, or has died although the store does not know it.
    package nonisolated func isRenewing(_ id: ConnectionID) -> Bool { busy.withLock { $0.contains(id) } }

    nonisolated var clockStep: TimeInterval {
        clockSteps.forward(now: dependencies.clock.now, uptime: dependencies.clock.uptime)
    }

    /// A step is seen only between two readings, so whoever has nothing to do takes one as well.
    nonisolated func readClock() { _ = clockStep }

    nonisolated func seize(_ id: ConnectionID) { busy.withLock { _ = $0.insert(id) } }
    nonisolated func release(_ id: ConnectionID) { busy.withLock { _ = $0.remove(id) } }
}

// The client's secret (KEY-19, RT-31).
extension Refresher {
    package var clientRefusedUntil: Date? { circuit.refusedUntil }

    /// True for the one that tries on behalf of all.
    func mayTryClient() -> Bool {
        circuit.takeTrial(at: dependencies.clock.now, pause: dependencies.times.clientPause)
    }

    /// Tells the operator the first time.
    func noteClientRefused(_ code: String, by organization: String) async {
        let (now, pause) = (dependencies.clock.now, dependencies.times.clientPause)
        if circuit.refused(by: organization, at: now, pause: pause) { await record(.failed(code: code)) }
    }

    func noteClientAccepted() async {
        if circuit.accepted(at: dependencies.clock.now) { await record(.succeeded) }
    }

    /// After the secret file was read again.
    package func clientSecretChanged() { circuit.retrySoon(at: dependencies.clock.now) }

    private func record(_ outcome: AuditOutcome) async {
        dependencies.metrics.set(
            "latchkey_client_refused_state", "1 while Zendesk refuses the OAuth client.",
            to: outcome == .succeeded ? 0 : 1)
        let event = AuditEvent(
            at: dependencies.clock.now, actor: .system, action: .clientSecretProbed, outcome: outcome,
            subject: dependencies.zendesk.clientID)
        try? await dependencies.store.append([event])
    }
}

// Grants that are gone (KEY-17).
extension Refresher {
    /// Since when grants are lost in numbers; nil when they are not.
    package var stormSince: Date? { lostGrants.stormSince }

    func noteGrantLost(_ id: ConnectionID) async {
        let now = dependencies.clock.now
        guard lostGrants.note(id, at: now) else { return }
        dependencies.metrics.count("latchkey_revocation_storms_total", "Times that grants were lost in numbers.")
        let event = AuditEvent(
            at: now, actor: .system, action: .grantsLostInNumbers, outcome: .failed(code: "grants.storm"),
            subject: dependencies.zendesk.clientID)
        try? await dependencies.store.append([event])
    }
}
