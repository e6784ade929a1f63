import Foundation
import Gateway
import GatewayCore
import Storage
import StorageSQLite
import Synchronization
import TestSupport
import Testing
import TokenVault

@Suite("The key desk") struct KeyDeskTests {
    private let person = AuditActor(kind: .console, id: "ses_security")

    @Test("a reseal that was opened is done by the next round of work and ends with its proof, in the opener's name")
    func start() async throws {
        let world = try await KeyWorld()
        try await world.plant(5)
        try await world.promoteNew()
        let desk = world.node.desk
        let run = try await desk.start(actor: person)
        #expect(run.state == .running && run.total == 8 && run.done == 0 && run.isBackground)
        #expect(try await desk.standing().isResealHeld)
        #expect(try await desk.work() == [.resealed(target: "dk-2", records: 8), .proved(complete: true)])
        let standing = try await desk.standing()
        #expect(standing.reseal?.state == .completed && standing.proofs.count == 1)
        #expect(standing.keys.map(\.records) == [0, 8])
        for action: AuditAction in [.resealBegun, .resealCompleted, .rotationVerified] {
            #expect(try await world.recorded(action).map(\.actor) == [person])
        }
        #expect(try await desk.work().isEmpty)
    }

    @Test("a rotation answers with its run: a new key, promoted, and the rest behind the answer")
    func rotate() async throws {
        let world = try await KeyWorld()
        try await world.plant(2)
        let run = try await world.node.desk.rotate(actor: person)
        #expect(run.target == "dk-2")
        #expect(try await world.keys() == ["dk-1": "enabled", "dk-2": "primary"])
        await #expect(throws: KeyRotationRefusal.heldElsewhere) {
            _ = try await world.node.desk.rotate(actor: person)
        }
        #expect(try await world.node.desk.work().last == .proved(complete: true))
        #expect(try await world.store.recordCounts() == ["dk-2": 5])
    }

    @Test("KEY-06: what a service that was killed left behind, the next one takes up once the hold has run out")
    func takenUp() async throws {
        let world = try await KeyWorld()
        try await world.plant(9)
        try await world.promoteNew()
        let run = try await world.node.desk.start(actor: person)
        let next = try await world.anotherNode()
        #expect(try await next.desk.work().isEmpty, "it may still live")
        world.clock.advance(by: KeyRotation.hold)
        #expect(try await next.desk.work() == [.resealed(target: "dk-2", records: 12), .proved(complete: true)])
        let last = try await world.store.latestReseal()
        #expect(last?.id == run.id && last?.done == 12)
        #expect(try await world.recorded(.resealCompleted).map(\.actor) == [.system])
    }

    @Test("a service that is stopped lets go at once, and the next one goes on without waiting")
    func stopped() async throws {
        let world = try await KeyWorld()
        try await world.plant(9)
        try await world.promoteNew()
        _ = try await world.node.desk.start(actor: person)
        let desk = world.node.desk
        let work = Mutex<Task<[KeyDesk.Deed], any Error>?>(nil)
        world.store.before(.advanceReseal) { work.withLock { $0?.cancel() } }
        let (go, going) = AsyncStream<Void>.makeStream()
        let task = Task {
            for await _ in go { break }
            return try await desk.work()
        }
        work.withLock { $0 = task }
        going.yield()
        let deeds = try await task.value
        #expect(deeds.count == 1)
        #expect(try await world.store.latestReseal()?.done == 3)
        let next = try await world.anotherNode()
        #expect(try await next.desk.work().last == .proved(complete: true))
        #expect(try await world.store.recordCounts() == ["dk-2": 12])
    }

    @Test("a command's reseal is not taken up by a service, and neither is one that somebody paused")
    func notTakenUp() async throws {
        let world = try await KeyWorld()
        try await world.plant(1)
        try await world.promoteNew()
        _ = try await world.rotation.begin(actor: .commandLine)
        world.clock.advance(by: 100)
        #expect(try await world.node.desk.work().isEmpty)
        _ = try await world.node.desk.start(actor: person)
        _ = try await world.node.desk.pause(actor: person)
        let next = try await world.anotherNode()
        world.clock.advance(by: 100)
        #expect(try await next.desk.work().isEmpty)
        _ = try await next.desk.resume(actor: person)
        #expect(try await next.desk.work().last == .proved(complete: true))
    }

    @Test("a reseal that stops says why, and the next round tries again")
    func stops() async throws {
        let world = try await KeyWorld()
        try await world.plant(1)
        try await world.promoteNew()
        _ = try await world.node.desk.start(actor: person)
        world.store.fail(.advanceReseal)
        #expect(try await world.node.desk.work() == [.stopped(code: "StorageError")])
        world.store.heal(.advanceReseal)
        #expect(try await world.node.desk.work().last == .proved(complete: true))
    }

    @Test("every step is refused in the same words as on the command line, and recorded in the person's name")
    func steps() async throws {
        let world = try await KeyWorld()
        let desk = world.node.desk
        let key = try await desk.generate(actor: person)
        try await desk.promote(key.id, actor: person)
        try await desk.retire("dk-1", actor: person)
        let due = try await desk.destroy("dk-1", actor: person)
        #expect(due == world.clock.now.addingTimeInterval(KeyRotation.destructionDelay))
        try await desk.keep("dk-1", actor: person)
        let actions: [AuditAction] = [
            .dataKeyPromoted, .dataKeyRetired, .dataKeyDestructionScheduled, .dataKeyDestructionCancelled,
        ]
        for action in actions { #expect(try await world.recorded(action).map(\.actor) == [person]) }
        await #expect(throws: KeyRotationRefusal.nothingUnderWay) { _ = try await desk.pause(actor: person) }
    }
}

@Suite("Sessions and forms across rotations") struct SessionKeyTests {
    @Test(
        "KEY-24: sessions and forms outlive any rotation, for no key signs them: each is keyed by its own random token")
    func outlive() async throws {
        let world = try await KeyWorld()
        let access = ConsoleAccess(store: world.store, clock: world.clock, random: SystemRandomSource())
        let forms = FormTokens(store: world.store, clock: world.clock, random: SystemRandomSource())
        let link = try await access.createSignInLink(tenant: .default, roles: [.security], actor: .commandLine)
        let opened = try #require(try await access.signIn(link: link.token, replacing: nil))
        let form = forms.issue(for: opened.token, purpose: "p")
        for _ in 0..<2 {
            _ = try await world.rotation.rotate(actor: .system)
            let id = try #require(try await world.store.dataKeys().first { $0.state == "enabled" }?.id)
            try await world.rotation.retire(id, actor: .system)
            _ = try await world.rotation.scheduleDestruction(of: id, after: 0, actor: .system)
            _ = try await world.rotation.destroyDue()
            #expect(try await access.session(opened.token)?.roles == [.security])
        }
        #expect(try await forms.use(form, for: opened.token, purpose: "p"))
    }

    @Test("KEY-24: a session's token is replaced alone: the old one and every form under it are dead at once")
    func renewed() async throws {
        let world = try await KeyWorld()
        let access = ConsoleAccess(store: world.store, clock: world.clock, random: SystemRandomSource())
        let forms = FormTokens(store: world.store, clock: world.clock, random: SystemRandomSource())
        let link = try await access.createSignInLink(tenant: .default, roles: [.connect], actor: .commandLine)
        let opened = try #require(try await access.signIn(link: link.token, replacing: nil))
        let form = forms.issue(for: opened.token, purpose: "p")
        let renewed = try #require(try await access.renew(sessionDigest: opened.token.digest))
        #expect(try await access.session(opened.token) == nil)
        #expect(try await access.session(renewed.token) != nil)
        #expect(try await !forms.use(form, for: renewed.token, purpose: "p"))
    }

    @Test("KEY-24: what the database holds of a session opens none")
    func digestsOnly() async throws {
        try await withKeyFile { world, directory, _ in
            let access = ConsoleAccess(store: world.store, clock: world.clock, random: SystemRandomSource())
            let link = try await access.createSignInLink(tenant: .default, roles: [.connect], actor: .commandLine)
            let opened = try #require(try await access.signIn(link: link.token, replacing: nil))
            let token = opened.token.secret.exposeBytes { span in unsafe span.withUnsafeBytes { unsafe Array($0) } }
            #expect(try files(in: directory, holding: token) == [])
            #expect(try files(in: directory, holding: opened.token.digest) != [], "the search finds the digest")
        }
    }
}
