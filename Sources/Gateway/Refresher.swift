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
    /// Names this process in the journal.
    let node: String

    package init(
        store: any GatewayStore, credentials: CredentialVault, transport: any HTTPTransport, zendesk: ZendeskSettings,
        revocations: RevocationQueue, spill: any RefreshSpill, clock: any WallClock, random: any RandomSource,
        metrics: Metrics, times: RefreshTimes = RefreshTimes(),
        isDatabaseDoubtful: @escaping @Sendable () -> Bool = { false }
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
        node = Base32.encode(random.bytes(10))
    }
}

/// What came of a refresh.
package enum RefreshResult: Sendable, Equatable {
    /// What the store holds now is what was wanted.
    case current
    /// Not now. What lives may be used meanwhile, unless the tokens wait to be saved.
    case notNow(code: String, until: Date)
    case needsReauthorization(reason: String)
    case disconnected
}

/// All refreshes of this process: one flight for each connection, whoever asks; what waits to be saved; and whether Zendesk
/// accepts our client.
package actor Refresher {
    private struct Flight {
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
    private var flights: [ConnectionID: Flight] = [:]
    private var flightCount = 0
    private var circuit = RefreshCircuit()
    private var unsaved: [ConnectionID: CredentialRenewal] = [:]
    private var savers: [ConnectionID: Task<Void, Never>] = [:]
    private var lostGrants = LostGrants()
    /// The program is about to end: what is in flight lands, and nothing else begins (RT-42).
    package private(set) var isStopping = false

    package init(_ dependencies: RefreshDependencies) {
        self.dependencies = dependencies
    }

    /// Joins the flight of the connection if there is one, and begins one otherwise. Goes on when the caller is cancelled.
    package func refresh(
        _ id: ConnectionID, _ wish: RefreshWish, actor: AuditActor = .system
    ) async throws -> RefreshResult {
        while let flight = flights[id] {
            let result = try await flight.work.value
            if flight.wish.covers(wish) { return result }
            switch result {
            case .needsReauthorization, .disconnected: return result
            case .current, .notNow: continue
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
        return try await work.value
    }

    private func land(_ id: ConnectionID, _ number: Int) {
        guard flights[id]?.number == number else { return }
        flights[id] = nil
        if unsaved[id] == nil { release(id) }
    }

    /// Nothing begins any more.
    package func stop() { isStopping = true }

    /// Waits for every flight; what cannot be saved is in the spill.
    package func drain() async {
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

// Token sets that the database did not take (RT-14, RT-16).
extension Refresher {
    package var holdsUnsavedTokens: Bool { !unsaved.isEmpty }
    package func isUnsaved(_ id: ConnectionID) -> Bool { unsaved[id] != nil }

    /// Keeps the sealed set here and beside the database, and tries to save it until it is saved.
    func keepUnsaved(_ renewal: CredentialRenewal, audit: [AuditEvent]) {
        let id = renewal.credential.connection
        unsaved[id] = renewal
        seize(id)
        if (try? dependencies.spill.keep(renewal)) == nil {
            dependencies.metrics.count(
                "latchkey_spill_failures_total", "Renewed token sets that could not be written beside the database.")
        }
        gauge()
        savers[id] = Task { await self.saveUntilSaved(renewal, audit: audit) }
    }

    /// Ends every further try, as the end of the process would. What is unsaved stays in the spill.
    package func giveUp() {
        for saver in savers.values { saver.cancel() }
    }

    private func saveUntilSaved(_ renewal: CredentialRenewal, audit: [AuditEvent]) async {
        var pause = Duration.milliseconds(250)
        while !Task.isCancelled {
            if await saved(renewal, audit: audit) { break }
            try? await Task.sleep(for: pause)
            pause = min(pause * 2, .seconds(15))
        }
    }

    private func saved(_ renewal: CredentialRenewal, audit: [AuditEvent]) async -> Bool {
        do {
            try await dependencies.save(renewal, audit: audit)
        } catch StorageError.conflict {
            if await !dependencies.hasKept(renewal) { await RefreshAttempt.discard(renewal, dependencies) }
        } catch {
            return false
        }
        forget(renewal)
        return true
    }

    private func forget(_ renewal: CredentialRenewal) {
        let id = renewal.credential.connection
        unsaved[id] = nil
        savers[id] = nil
        dependencies.spill.remove(renewal)
        if flights[id] == nil { release(id) }
        gauge()
    }

    private func gauge() {
        dependencies.metrics.set(
            "latchkey_unsaved_token_sets", "Renewed token sets that the database has not taken yet.",
            to: Double(unsaved.count))
    }

    /// What the last run, or a command that has ended, could not save. Returns the files that fit nothing; they stay.
    package func mergeSpilled() async -> [String] {
        let (renewals, unreadable) = dependencies.spill.waiting()
        var left = unreadable
        for renewal in renewals where unsaved[renewal.credential.connection] == nil {
            switch await merge(renewal) {
            case true?: dependencies.spill.remove(renewal)
            case false?: left.append("\(renewal.credential.connection).\(renewal.credential.generation)")
            case nil: keepUnsaved(renewal, audit: [RefreshAttempt.merged(renewal, dependencies)])
            }
        }
        return left
    }

    /// Nil when the store does not answer.
    private func merge(_ renewal: CredentialRenewal) async -> Bool? {
        do {
            let stored = try await dependencies.store.credential(of: renewal.credential.connection)
            if await dependencies.hasKept(renewal) { return true }
            guard stored?.generation == renewal.replaces else { return false }
            try await dependencies.save(renewal, audit: [RefreshAttempt.merged(renewal, dependencies)])
            return true
        } catch StorageError.conflict {
            return false
        } catch {
            return nil
        }
    }
}
