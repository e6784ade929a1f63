import Foundation
import GatewayApp
import Testing

@Suite("Evidence, with the commands and with the verifier in Python") struct AuditCommandTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func latchkey(_ arguments: [String], environment: [String: String]) async throws -> Executable.Outcome {
        try await Executable.latchkey.run(arguments, environment: environment, in: scratch)
    }

    private func latchkey(_ arguments: String..., environment: [String: String]) async throws -> Executable.Outcome {
        try await Executable.latchkey.run(arguments, environment: environment, in: scratch)
    }

    private static let script =
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "scripts/verify-audit-archive.py").path(percentEncoded: false)

    /// What each of the two says: nil when sound, else the line it names.
    private func verdicts(_ archive: String) async throws -> (ours: Int?, theirs: Int?) {
        let ours = try await Executable.latchkey.run(["audit", "verify", "--archive", archive], in: scratch)
        let theirs = try await Executable.python.run([Self.script, archive], in: scratch)
        return (try line(ours, ours.output), try line(theirs, theirs.errors))
    }

    private func line(_ outcome: Executable.Outcome, _ text: String) throws -> Int? {
        #expect([0, 1].contains(outcome.status), "\(outcome)")
        guard outcome.status != 0 else {
            #expect(outcome.output.hasPrefix("Sound: "))
            return nil
        }
        let found = try #require(text.firstMatch(of: /NOT SOUND, line ([0-9]+)/), "\(text)")
        return Int(found.1)
    }

    /// A used installation with an archive of its log.
    private func archive() async throws -> (environment: [String: String], archive: String, file: String) {
        let file = scratch.path + "/checkpoints"
        let gateway = try await RunningGateway(in: scratch, changes: ["LATCHKEY_AUDIT_CHECKPOINT_FILE": file])
        for name in ["\u{1F600} \"one\"", "two", "three"] {
            let made = try await gateway.command("api-keys", "create", "--name", name, "--scopes", "connect")
            #expect(made.status == 0, "\(made.errors)")
        }
        gateway.program.signal(SIGTERM)
        #expect(await gateway.program.status() == 0)
        let path = scratch.path + "/evidence"
        let exported = try await gateway.command("audit", "export", "--archive", path)
        #expect(exported.status == 0, "\(exported.errors)")
        return (gateway.environment, path, file)
    }

    @Test(
        "KEY-30: both verifiers find the same archive sound, with the checkpoints kept elsewhere, and it is made again as it was"
    )
    func sound() async throws {
        let (environment, archive, file) = try await archive()
        let (ours, theirs) = try await verdicts(archive)
        #expect(ours == nil && theirs == nil)
        let confirmed = try await latchkey(
            "audit", "verify", "--archive", archive, "--checkpoints", file, environment: [:])
        #expect(confirmed.status == 0 && !confirmed.output.contains(" 0 kept elsewhere"), "\(confirmed.output)")
        let key = String(try #require(confirmed.output.firstMatch(of: /latchkey\.audit\S+/)).0)
        let again = try await Executable.python.run(
            [Self.script, archive, "--checkpoints", file, "--key", key], in: scratch)
        #expect(again.status == 0 && again.output.contains(key), "\(again.errors)")
        let strange = key.replacing("audit/", with: "audit/0")
        #expect(
            try await latchkey("audit", "verify", "--archive", archive, "--key", strange, environment: [:]).status == 64
        )

        let size = scratch.text("evidence").split(separator: "\n").count { $0.hasPrefix(#"{"entry":"#) }
        let copy = scratch.path + "/again"
        let made = try await latchkey(
            "audit", "export", "--archive", copy, "--size", "\(size)", environment: environment)
        #expect(made.status == 0, "\(made.errors)")
        #expect(scratch.text("again") == scratch.text("evidence") && scratch.text("again") != "")
        let occupied = try await latchkey("audit", "export", "--archive", copy, environment: environment)
        #expect(occupied.status == 1 && scratch.text("again") == scratch.text("evidence"))
        let mode = try FileManager.default.attributesOfItem(atPath: copy)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test(
        "KEY-30: the archive has every rotation with its actor and the reason that was given, and both verifiers pass it"
    )
    func reasons() async throws {
        let gateway = try await RunningGateway(in: scratch)
        let why = "SEC-114: \"jährlich\"; reason: 密"
        for arguments in [
            ["keys", "generate"], ["keys", "promote", "dk-2"], ["keys", "reseal"], ["keys", "rotate", "--yes"],
            ["keys", "retire", "dk-1", "--yes"], ["keys", "destroy", "dk-1", "--yes", "--delay", "60"],
            ["keys", "destroy", "dk-1", "--cancel"], ["keys", "rotate-root", "--yes"], ["emergency-rotate", "--yes"],
        ] {
            let done = try await latchkey(arguments + ["--reason", why], environment: gateway.environment)
            #expect(done.status == 0, "\(arguments): \(done.errors)")
        }
        for typed in ["", "two\nlines", String(repeating: "x", count: 201)] {
            let refused = try await gateway.command("keys", "generate", "--reason", typed)
            #expect(refused.status == 64 && refused.errors.contains("The reason"), "\(refused.errors)")
            #expect(!refused.errors.contains("two\nlines"))
        }
        gateway.program.signal(SIGTERM)
        #expect(await gateway.program.status() == 0)
        #expect(try await gateway.command("audit", "export", "--archive", scratch.path + "/evidence").status == 0)
        let (ours, theirs) = try await verdicts(scratch.path + "/evidence")
        #expect(ours == nil && theirs == nil)

        struct Line: Decodable {
            struct Entry: Decodable {
                let index: Int
                let actor_kind, action: String
                let subject: String?
            }
            struct Summary: Decodable { let rotations: [Int] }
            let entry: Entry?
            let summary: Summary?
        }
        let lines = try scratch.text("evidence").split(separator: "\n").map {
            try JSONDecoder().decode(Line.self, from: Data($0.utf8))
        }
        let rotations = Set(try #require(lines.compactMap(\.summary).first).rotations)
        let told = lines.compactMap(\.entry).filter { $0.subject?.hasSuffix("; reason: " + why) == true }
        #expect(told.allSatisfy { rotations.contains($0.index) && $0.actor_kind == "command_line" })
        #expect(
            told.map(\.action) == [
                "data_key.generated", "data_key.promoted", "reseal.begun", "data_key.generated", "data_key.promoted",
                "reseal.begun", "data_key.retired", "data_key.destruction_scheduled", "data_key.destruction_cancelled",
                "root_key.replaced", "emergency_rotation.begun", "data_key.generated", "data_key.promoted",
                "reseal.begun",
            ])
    }

    @Test(
        "AUD-05 AUD-06: edited, removed, swapped, doubled, cut and forged: both verifiers refuse, and name the same line"
    )
    func damaged() async throws {
        let (_, archive, _) = try await archive()
        let whole = scratch.text("evidence")
        let lines = whole.split(separator: "\n").map(String.init)
        let entry = try #require(lines.firstIndex { $0.contains("api_key.created") })
        let seal = lines.count - 1
        func with(_ change: (inout [String]) -> Void) -> String {
            var changed = lines
            change(&changed)
            return changed.joined(separator: "\n") + "\n"
        }
        func replacing(_ number: Int, _ old: String, _ new: String) -> String {
            #expect(lines[number].contains(old))
            return with { $0[number] = $0[number].replacing(old, with: new, maxReplacements: 1) }
        }
        let checkpoint = try #require(lines.firstIndex { $0.hasPrefix(#"{"checkpoint":"#) })
        let signature = try #require(lines[checkpoint].firstMatch(of: #/ ([A-Za-z0-9+/]{90}[A-Za-z0-9+/=]*)\\n"/#)).1
        let forged =
            String(signature.prefix(40)) + (signature.dropFirst(40).first == "A" ? "B" : "A") + signature.dropFirst(41)
        let damages: [(String, String, Int)] = [
            ("edited", replacing(entry, "command_line", "command_lime"), entry + 1),
            ("another form", replacing(entry, #""index":"#, #""index": "#), entry + 1),
            ("another hash", replacing(entry, #""hash":""#, #""hash":"A"#), entry + 1),
            ("removed", with { $0.remove(at: entry) }, entry + 1),
            ("swapped", with { $0.swapAt(entry, entry + 1) }, entry + 1),
            ("doubled", with { $0.insert(lines[entry], at: entry) }, entry + 2),
            ("cut between lines", with { $0.removeLast(3) }, seal - 1),
            ("cut in a line", String(whole.dropLast(20)), seal + 1),
            ("without its last line feed", String(whole.dropLast()), seal + 1),
            ("gone on", whole + "{}\n", seal + 2),
            ("forged signature", replacing(checkpoint, String(signature), forged), checkpoint + 1),
            ("another key", replacing(1, #""public_key":""#, #""public_key":"A"#), 2),
            ("another size", replacing(0, #""size":"#, #""size":1"#), 0),
            ("nothing", "", 1), ("no archive", "hello\n", 1),
        ]
        for (name, text, expected) in damages {
            try scratch.write("damaged", text)
            let (ours, theirs) = try await verdicts(scratch.path + "/damaged")
            #expect(ours != nil && theirs != nil, "\(name) went unnoticed")
            #expect(ours == theirs, "\(name)")
            if expected > 0 { #expect(ours == expected, "\(name)") }
        }
        #expect(scratch.text("evidence") == whole && archive.hasSuffix("evidence"))
    }

    @Test("AUD-06: a running service has each entry under a checkpoint elsewhere within seconds, without being stopped")
    func signedSoon() async throws {
        let file = scratch.path + "/checkpoints"
        let gateway = try await RunningGateway(in: scratch, changes: ["LATCHKEY_AUDIT_CHECKPOINT_FILE": file])
        /// The second line of each note is its size.
        func signed() -> Int {
            scratch.text("checkpoints").split(separator: "\n\n").compactMap { note in
                note.split(separator: "\n").drop { !$0.hasPrefix("latchkey.audit/") }.dropFirst().first.flatMap {
                    Int($0)
                }
            }.max() ?? 0
        }
        for name in ["one", "two"] {
            let made = try await gateway.command("api-keys", "create", "--name", name, "--scopes", "connect")
            #expect(made.status == 0, "\(made.errors)")
            let entries = try await gateway.command("audit", "export").output.split(separator: "\n").count
            try await eventually(within: .seconds(60), "the newest entries stay unsigned") { signed() >= entries }
        }
        gateway.program.signal(SIGTERM)
        #expect(await gateway.program.status() == 0)
    }

    @Test(
        "AUD-06: verify checks the whole log against the file elsewhere, and exits with 1 when the database is put back"
    )
    func verifyAndAccept() async throws {
        let file = scratch.path + "/checkpoints"
        let changes = ["LATCHKEY_AUDIT_CHECKPOINT_FILE": file]
        let first = try await RunningGateway(in: scratch, changes: changes)
        first.program.signal(SIGTERM)
        #expect(await first.program.status() == 0)
        let good = try await first.command("audit", "verify")
        #expect(good.status == 0 && good.output.hasPrefix("Sound: "), "\(good.output)\(good.errors)")
        let database = scratch.path + "/latchkey.sqlite"
        try FileManager.default.copyItem(atPath: database, toPath: database + ".backup")

        _ = try await first.command("api-keys", "create", "--name", "later", "--scopes", "connect")
        let note = try await first.command("audit", "checkpoint")
        #expect(note.status == 0 && note.output.contains("latchkey.audit/") && note.output.contains("\n\u{2014} "))
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: database + suffix) }
        try FileManager.default.moveItem(atPath: database + ".backup", toPath: database)

        let bad = try await first.command("audit", "verify")
        #expect(bad.status == 1 && bad.output.contains("NOT SOUND, from entry"), "\(bad.output)")
        #expect(try await first.command("audit", "checkpoint").status == 1)
        #expect(try await first.command("audit", "export", "--archive", scratch.path + "/no").status == 1)
        #expect(!scratch.exists("no") && !scratch.exists("no.part"))
        let doctor = try await first.command("doctor")
        #expect(doctor.status == 1 && doctor.output.contains("audit accept-restore"), "\(doctor.output)")

        let unasked = try await first.command("audit", "accept-restore")
        #expect(unasked.status == 64)
        let accepted = try await first.command("audit", "accept-restore", "--yes")
        #expect(accepted.status == 0 && accepted.output.hasPrefix("Accepted: "), "\(accepted.errors)")
        let again = try await first.command("audit", "accept-restore", "--yes")
        #expect(again.status == 0 && again.output.contains("nothing was changed"))
        #expect(try await first.command("audit", "checkpoint").status == 0)
    }

    @Test(
        "AUD-01: starts, stops and exports are in the log, a start with the settings' fingerprint, and a change with an entry of its own"
    )
    func configuration() async throws {
        struct Entry: Decodable { let action: String, subject: String? }
        for changes in [[:], [:], ["LATCHKEY_LOG_LEVEL": "debug"]] {
            let gateway = try await RunningGateway(in: scratch, changes: changes)
            gateway.program.signal(SIGTERM)
            #expect(await gateway.program.status() == 0)
        }
        let environment = try scratch.goodEnvironment()
        let exported = try await latchkey("audit", "export", environment: environment)
        let entries = try exported.output.split(separator: "\n").map {
            try JSONDecoder().decode(Entry.self, from: Data($0.utf8))
        }
        let starts = entries.filter { $0.action == "service.started" }
        #expect(starts.count == 3 && starts.allSatisfy { $0.subject?.wholeMatch(of: /sha256:[0-9a-f]{64}/) != nil })
        let changes = entries.filter { $0.action == "configuration.changed" }
        #expect(
            changes.map(\.subject)
                == zip(starts, starts.dropFirst()).filter { $0.subject != $1.subject }.map(\.1.subject))
        #expect(starts[1].subject != starts[2].subject)
        #expect(entries.filter { $0.action == "service.stopped" }.count == 3)
        #expect(entries.last?.action == "audit.exported" && entries.last?.subject == "entries")
        #expect(!exported.output.contains(scratch.path), "the settings themselves stay out of the log")
    }
}
