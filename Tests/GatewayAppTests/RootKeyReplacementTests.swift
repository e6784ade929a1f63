import Foundation
import GatewayApp
import Testing
import TestSupport
import TokenVault

/// A step at which the process dies, in a place that has this step.
struct RootKeyCrash: Sendable, CustomTestStringConvertible {
    let place: RootKeyHome.Place
    let step: RootKeyStep

    var testDescription: String { "\(place.rawValue), \(step.rawValue)" }

    private static let onToken: [RootKeyStep] = [.created, .prepared, .rewrapped, .committed, .settled]

    static let inPlace = RootKeyHome.Place.allCases.flatMap { place in
        RootKeyStep.allCases.filter { step in
            step != .formerRemoved && (place != .token || onToken.contains(step))
        }.map { RootKeyCrash(place: place, step: $0) }
    }

    /// `place` is where it goes; it comes from a file.
    static let moving = [RootKeyHome.Place.credential, .token].flatMap { place in
        RootKeyStep.allCases.filter { step in
            place != .token || onToken.contains(step) || step == .formerRemoved
        }.map { RootKeyCrash(place: place, step: $0) }
    }
}

@Suite("The root key is replaced")
struct RootKeyReplacementTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test("KEY-21, ST-23: killed at any step, the next start opens everything", arguments: RootKeyCrash.inPlace)
    func killed(crash: RootKeyCrash) async throws {
        let home = try await RootKeyHome(crash.place, in: scratch)
        #expect(try await home.crash(at: crash.step.rawValue) == SIGKILL)
        #expect(try await home.everythingOpens())
        let again = try await home.latchkey(["keys", "rotate-root", "--yes"])
        #expect(again.status == 0, "\(again.errors)")
        #expect(try await home.everythingOpens())
        #expect(home.leftovers.isEmpty)
    }

    @Test(
        "KEY-21, ST-23: when the power goes at any step the disk has the old key or the new one, whole, and everything opens",
        arguments: RootKeyCrash.inPlace.filter { $0.place == .file } + RootKeyCrash.moving.filter { $0.place != .token }
    )
    func powerCut(crash: RootKeyCrash) async throws {
        let home = try await RootKeyHome(.file, in: scratch)
        let there = try await home.looking(crash.place)
        let status = try await home.crash(
            at: crash.step.rawValue, movingTo: crash.place == .file ? nil : crash.place,
            on: try LostWrites(in: scratch.path))
        #expect(status == SIGKILL)
        let (before, after) = (try await home.everythingOpens(), try await there.everythingOpens())
        #expect(before || after, "\(crash)")
        let again = try await (after ? there : home).latchkey(["keys", "rotate-root", "--yes"])
        #expect(again.status == 0, "\(again.errors)")
        #expect(try await (after ? there : home).everythingOpens())
    }

    @Test(
        "KEY-21, KEY-22: killed at any step of a move, the former or the new place opens everything",
        arguments: RootKeyCrash.moving)
    func killedWhileMoving(crash: RootKeyCrash) async throws {
        let home = try await RootKeyHome(.file, in: scratch)
        let there = try await home.looking(crash.place)
        #expect(try await home.crash(at: crash.step.rawValue, movingTo: crash.place) == SIGKILL)
        let isMoved = [RootKeyStep.committed, .renamed, .settled, .formerRemoved].contains(crash.step)
        #expect(try await (isMoved ? there : home).everythingOpens())
        guard isMoved else { return }
        let former = try await home.latchkey(["keys", "verify"])
        #expect(former.status != 0)
        if crash.step != .formerRemoved {
            let name = crash.place == .token ? "token vault, key root-key" : "credential latchkey-root-key"
            #expect(former.errors.contains("put here: \(name)"), "\(former.errors)")
        }
    }

    @Test(
        "KEY-21: a replacement changes the wrappings only, and says what it did", arguments: RootKeyHome.Place.allCases)
    func replaced(place: RootKeyHome.Place) async throws {
        struct Answer: Decodable {
            let fingerprint, former_fingerprint: String
            let data_keys, audit_keys: Int
        }
        let home = try await RootKeyHome(place, in: scratch)
        // Not the seals: every process that starts takes some.
        func keys() async throws -> String {
            try await home.latchkey(["keys", "list", "--json"]).output.replacing(#/"seals":\d+/#, with: "")
        }
        let before = try await keys()
        let outcome = try await home.latchkey(["keys", "rotate-root", "--yes", "--json"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let answer = try JSONDecoder().decode(Answer.self, from: Data(outcome.output.utf8))
        #expect(answer.fingerprint != answer.former_fingerprint && answer.data_keys == 1 && answer.audit_keys <= 1)
        #expect(try await keys() == before)
        #expect(try await home.everythingOpens())
        let entries = try await home.latchkey(["audit", "export"]).output
        #expect(entries.contains("root_key.replaced") && entries.contains(answer.fingerprint))
        let unasked = try await home.latchkey(["keys", "rotate-root"])
        #expect(unasked.status == 64)
    }

    @Test("KEY-22: from file to credential store to token and back to a file, with the same commands")
    func moved() async throws {
        var home = try await RootKeyHome(.file, in: scratch)
        for target in [RootKeyHome.Place.credential, .token, .file] {
            let there = try await home.looking(target)
            let outcome = try await home.latchkey(["keys", "rotate-root", "--yes", "--to", home.target(target)])
            #expect(outcome.status == 0, "\(target): \(outcome.errors)")
            let former = home
            home = there
            for (name, value) in home.environment where name.hasPrefix("LATCHKEY_ROOT_KEY") {
                #expect(outcome.output.contains("\(name)=\(value)"))
            }
            #expect(try await home.everythingOpens(), "\(target)")
            #expect(
                try await former.latchkey(["keys", "verify"]).status != 0, "\(target): the former place still opens")
            #expect(home.leftovers.isEmpty)
        }
        // The former file is gone, and a place that is taken is refused.
        #expect(!scratch.exists("credstore/latchkey-root-key"))
        try scratch.write("taken.key", "precious")
        let taken = try await home.latchkey(["keys", "rotate-root", "--yes", "--to", "file:\(scratch.path)/taken.key"])
        #expect(taken.status == 2 && taken.errors.contains("never overwritten"))
        #expect(scratch.text("taken.key") == "precious")
        #expect(try await home.everythingOpens())
    }

    @Test(
        "KEY-22: a label that another program's key has is no free place, and such a key is in no one's way beside ours"
    )
    func foreignKey() async throws {
        let home = try await RootKeyHome(.file, in: scratch)
        let there = try await home.looking(.token)
        try await home.plantForeignKey()
        let refused = try await home.latchkey(["keys", "rotate-root", "--yes", "--to", home.target(.token)])
        #expect(refused.status != 0 && refused.errors.contains("does not vouch"), "\(refused.errors)")
        #expect(try await home.everythingOpens())
        // Ours first, and another program's after it: the gateway starts all the same.
        try await home.removeKeys()
        let moved = try await home.latchkey(["keys", "rotate-root", "--yes", "--to", home.target(.token)])
        #expect(moved.status == 0, "\(moved.errors)")
        try await home.plantForeignKey()
        #expect(try await there.everythingOpens())
        let again = try await there.latchkey(["keys", "rotate-root", "--yes"])
        #expect(again.status == 0, "\(again.errors)")
        #expect(try await there.everythingOpens())
    }

    @Test(
        "KEY-21: a running service takes the new root key over and wraps with it", arguments: RootKeyHome.Place.allCases
    )
    func beside(place: RootKeyHome.Place) async throws {
        let home = try await RootKeyHome(place, in: scratch)
        let gateway = try await RunningGateway(in: scratch, changes: home.environment, isWhole: true)
        for round in 2...3 {
            let replaced = try await home.latchkey(["keys", "rotate-root", "--yes"])
            #expect(replaced.status == 0, "\(replaced.errors)")
            // Promotion waits until every running service could open what the new data key seals, so the service has
            // unwrapped it, which it can do with the new root key alone.
            #expect(try await home.latchkey(["keys", "generate"]).status == 0)
            let promoted = try await home.latchkey(["keys", "promote", "dk-\(round)"])
            #expect(promoted.status == 0, "\(promoted.errors)")
        }
        #expect(!gateway.log.contains("keyring could not be compared"), "\(gateway.log)")
        gateway.program.signal(SIGTERM)
        #expect(await gateway.program.status() == 0)
    }

    @Test("KEY-21: killed at any moment, twelve times over, the pair of root key and database opens")
    func killedAtRandom() async throws {
        let home = try await RootKeyHome(.file, in: scratch)
        for _ in 0..<12 {
            let mark = UUID().uuidString
            let program = try Executable.latchkey.start(
                ["keys", "rotate-root", "--yes"], environment: home.environment,
                files: ("out-\(mark)", "err-\(mark)"), in: scratch)
            // The moment is the one thing here that has to be left to chance.
            try await Task.sleep(for: .milliseconds(Int.random(in: 20...250)))
            program.signal(SIGKILL)
            _ = await program.status()
            #expect(try await home.everythingOpens())
        }
    }

    @Test("KEY-27: of two replacements at once one is told to wait, and changes nothing")
    func two() async throws {
        let home = try await RootKeyHome(.file, in: scratch)
        let key = scratch.text("root.key")
        let lock = try RootKeyLock(at: scratch.path + "/latchkey.sqlite.root-key-lock")
        #expect(lock != nil)
        let outcome = try await home.latchkey(["keys", "rotate-root", "--yes"])
        #expect(outcome.status == 1 && outcome.errors.contains("Another process is replacing the root key"))
        #expect(scratch.text("root.key") == key && home.leftovers.isEmpty)
        withExtendedLifetime(lock) {}
    }

    @Test("CR-25: the wrong root key is refused in a sentence that names both", arguments: RootKeyHome.Place.allCases)
    func wrong(place: RootKeyHome.Place) async throws {
        let home = try await RootKeyHome(place, in: scratch)
        switch place {
        case .token:
            try FileManager.default.removeItem(atPath: scratch.path + "/tokens")
            try FileManager.default.removeItem(atPath: scratch.path + "/softhsm2.conf")
        default:
            try FileManager.default.removeItem(
                atPath: scratch.path + (place == .file ? "/root.key" : "/credstore/latchkey-root-key"))
        }
        let stranger = try await home.looking(place)
        let elsewhere = stranger.environment.merging(["LATCHKEY_DATABASE_URL": "sqlite:\(scratch.path)/other"]) { $1 }
        let made = try await Executable.latchkey.run(["keys", "init"], environment: elsewhere, in: scratch)
        #expect(made.status == 0, "\(made.errors)")
        let outcome = try await stranger.latchkey(["serve"])
        #expect(outcome.status == 2 && outcome.output.isEmpty)
        #expect(outcome.errors.contains(#/root key is not the one .*[0-9a-f]{32}.*[0-9a-f]{32}/#), "\(outcome.errors)")
    }

    @Test("CR-31: when the memory for keys is full a key is refused, not kept elsewhere, and there is room again later")
    func full() async throws {
        try SecureHeap.start()
        try NewRootKey.make(at: scratch.path + "/root.key")
        let outcome = try await Executable(name: "root-key-crasher").run(
            ["full", scratch.path + "/root.key"], in: scratch)
        #expect(outcome.output == "many then root_key_file.no_protected_memory\nroom again\n", "\(outcome.output)")
    }
}
