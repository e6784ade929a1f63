import Foundation
import GatewayApp
import GatewayCore
import Testing

@testable import AuditTrail

/// An archive of a used log with two keys, and everything that somebody can do to one of its parts.
@Suite("Evidence archives that somebody changed") struct AuditArchiveTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private static let script =
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "scripts/verify-audit-archive.py").path(percentEncoded: false)

    @Test(
        "KEY-30, AUD-05, AUD-06: entry, order, count, proof, checkpoint, key list, inventory, summary, seal: whatever is changed, both verifiers refuse"
    )
    func parts() async throws {
        let archive = try Archive(try await made())
        try await expectSound(archive.lines, "the archive itself")
        var count = 0
        for part in ArchivePart.allCases {
            let damages = try part.damages(archive)
            #expect(!damages.isEmpty, "\(part)")
            for (what, lines) in damages where lines != archive.lines {
                count += 1
                let (ours, theirs) = try await soundness(lines)
                #expect(!ours, "latchkey accepts: \(part), \(what)")
                #expect(!theirs, "the verifier in Python accepts: \(part), \(what)")
            }
        }
        #expect(count > 50)
    }

    @Test(
        "KEY-30, AUD-05: what entries, tree and proofs do not bear out is refused, though the log's own key sealed it")
    func lies() async throws {
        try await expectSound(try SealedLie().archive(), "the honest one")
        for lie in try SealedLie.all() {
            let lines = try lie.archive()
            try #require(lines.contains { $0.hasPrefix(#"{"seal":"#) })
            #expect(try lines != SealedLie().archive(), "\(lie.what) changes nothing")
            let (ours, theirs) = try await soundness(lines)
            #expect(!ours, "latchkey accepts \(lie.what)")
            #expect(!theirs, "the verifier in Python accepts \(lie.what)")
        }
    }

    @Test(
        "KEY-30, KEY-29: an archive stays sound beside the checkpoints of today: of a later key, torn, or given up for a restored database"
    )
    func amongLaterCheckpoints() async throws {
        let home = try await RootKeyHome(.file, in: scratch)
        let file = scratch.path + "/checkpoints"
        let environment = home.environment.merging(["LATCHKEY_AUDIT_CHECKPOINT_FILE": file]) { $1 }
        func latchkey(_ arguments: String...) async throws {
            let outcome = try await Executable.latchkey.run(arguments, environment: environment, in: scratch)
            #expect(outcome.status == 0, "\(arguments): \(outcome.output) \(outcome.errors)")
        }
        func bothSay(_ words: String, of archive: String) async throws {
            let arguments = [scratch.path + "/" + archive, "--checkpoints", file]
            let ours = try await Executable.latchkey.run(["audit", "verify", "--archive"] + arguments, in: scratch)
            let theirs = try await Executable.python.run([Self.script] + arguments, in: scratch)
            #expect((ours.output + ours.errors).contains(words), "\(archive): \(ours)")
            #expect((theirs.output + theirs.errors).contains(words), "\(archive): \(theirs)")
        }
        try await latchkey("audit", "checkpoint")
        try await latchkey("audit", "export", "--archive", scratch.path + "/january")
        try await latchkey("audit", "replace-key", "--yes")
        try await latchkey("audit", "checkpoint")
        try scratch.write(
            "torn",
            "latchkey.audit/0\n1\nroot\ntime 1\n\n\u{2014} latchkey.audit/0 AAAA\n" + scratch.text("checkpoints"))
        try FileManager.default.removeItem(atPath: file)
        try FileManager.default.moveItem(atPath: scratch.path + "/torn", toPath: file)
        try await bothSay("Sound:", of: "january")

        try await latchkey("backup", scratch.path + "/backup.sqlite")
        try await latchkey("api-keys", "create", "--name", "lost", "--scopes", "connect")
        try await latchkey("audit", "checkpoint")
        try await latchkey("restore", scratch.path + "/backup.sqlite", "--yes", "--replace")
        try await latchkey("audit", "accept-restore", "--yes")
        try await latchkey("audit", "verify")
        try await latchkey("audit", "export", "--archive", scratch.path + "/march")
        for archive in ["january", "march"] { try await bothSay("Sound:", of: archive) }
    }

    private func expectSound(_ lines: [String], _ what: Comment) async throws {
        let (ours, theirs) = try await soundness(lines)
        #expect(ours && theirs, what)
    }

    private func soundness(_ lines: [String]) async throws -> (ours: Bool, theirs: Bool) {
        let file = try scratch.write("archive", lines.map { $0 + "\n" }.joined())
        async let ours = Executable.latchkey.run(["audit", "verify", "--archive", file], in: scratch)
        async let theirs = Executable.python.run([Self.script, file], in: scratch)
        let (one, two) = (try await ours, try await theirs)
        #expect([0, 1].contains(one.status) && [0, 1].contains(two.status), "\(one) \(two)")
        // A verifier that fails in a way of its own has refused nothing.
        #expect(one.status == 0 || one.output.contains("NOT SOUND, line "), "\(one)")
        #expect(two.status == 0 || two.errors.hasPrefix("NOT SOUND, line "), "\(two)")
        return (one.status == 0, two.status == 0)
    }

    /// A log with two audit keys and a rotation of data keys.
    private func made() async throws -> [String] {
        let gateway = try await RunningGateway(in: scratch)
        for arguments in [
            ["keys", "rotate", "--yes"], ["audit", "checkpoint"], ["audit", "replace-key", "--yes"],
            ["api-keys", "create", "--name", "one", "--scopes", "connect"],
            ["api-keys", "create", "--name", "two", "--scopes", "connect"], ["audit", "checkpoint"],
        ] {
            let outcome = try await Executable.latchkey.run(arguments, environment: gateway.environment, in: scratch)
            #expect(outcome.status == 0, "\(arguments): \(outcome.errors)")
        }
        gateway.program.signal(SIGTERM)
        #expect(await gateway.program.status() == 0)
        let exported = try await gateway.command("audit", "export", "--archive", scratch.path + "/evidence")
        #expect(exported.status == 0, "\(exported.errors)")
        return scratch.text("evidence").split(separator: "\n").map(String.init)
    }
}

/// The lines of an archive, and where each kind of them is.
private struct Archive {
    let lines: [String]

    init(_ lines: [String]) throws {
        self.lines = lines
        for kind in ["audit_key", "checkpoint"] { try #require(at(kind).count == 2, "\(kind)") }
        for kind in ["archive", "consistency", "summary", "seal"] { try #require(at(kind).count == 1, "\(kind)") }
        try #require(at("entry").count > 8 && at("data_key").count == 2)
    }

    func at(_ kind: String) -> [Int] { lines.indices.filter { lines[$0].hasPrefix("{\"\(kind)\":") } }

    func changing(_ number: Int, _ change: (String) throws -> String) rethrows -> [String] {
        var changed = lines
        changed[number] = try change(lines[number])
        return changed
    }

    func replacing(_ number: Int, _ old: String, _ new: String) throws -> [String] {
        try #require(lines[number].contains(old), "\(lines[number]) has no \(old)")
        return changing(number) { $0.replacing(old, with: new, maxReplacements: 1) }
    }

    func without(_ numbers: Int...) -> [String] {
        lines.indices.filter { !numbers.contains($0) }.map { lines[$0] }
    }

    func swapping(_ one: Int, _ other: Int) -> [String] {
        var changed = lines
        changed.swapAt(one, other)
        return changed
    }

    func doubling(_ number: Int) -> [String] {
        var changed = lines
        changed.insert(lines[number], at: number)
        return changed
    }

    /// Another letter at the place behind `mark`.
    func turning(_ number: Int, behind mark: String, at offset: Int = 0) throws -> [String] {
        try changing(number) { line in
            let start = try #require(line.firstRange(of: mark), "\(line) has no \(mark)").upperBound
            let place = line.index(start, offsetBy: offset)
            return line.replacingCharacters(in: place...place, with: line[place] == "A" ? "B" : "A")
        }
    }

    /// The entries from one line on with other indexes, each with the hash that it then has.
    func renumbered(_ lines: [String]) throws -> [String] {
        var index: Int64 = 0
        return try lines.map { line in
            guard line.hasPrefix("{\"entry\":") else { return line }
            index += 1
            return try Self.rehashed(line.replacing(#/"index":\d+/#, with: "\"index\":\(index)", maxReplacements: 1))
        }
    }

    /// As somebody writes an entry who knows how it is hashed.
    static func rehashed(_ line: String) throws -> String {
        var scanner = EvidenceScanner(Array(line.utf8))
        let (record, _) = try scanner.entry()
        var text = EvidenceText()
        text.entry(record, hash: record.leafHash)
        return String(decoding: text.octets, as: UTF8.self)
    }
}

private enum ArchivePart: String, CaseIterable {
    case head, keyList, checkpoints, entries, order, count, proof, inventory, summary, seal, truncated

    func damages(_ archive: Archive) throws -> [(String, [String])] {
        let (keys, checkpoints, entries) = (archive.at("audit_key"), archive.at("checkpoint"), archive.at("entry"))
        let (consistency, seal) = (archive.at("consistency")[0], archive.at("seal")[0])
        let (inventory, summary) = (archive.at("data_key"), archive.at("summary")[0])
        let last = archive.lines.count - 1
        switch self {
        case .head:
            return try [
                ("another format", archive.replacing(0, #""format":1"#, #""format":2"#)),
                ("another log", archive.turning(0, behind: "latchkey.audit/")),
                ("another root", archive.turning(0, behind: #""root":""#)), ("no head", archive.without(0)),
                ("two heads", archive.doubling(0)),
            ]
        case .keyList:
            return try [
                ("another first key", archive.turning(keys[0], behind: #""public_key":""#)),
                ("another second key", archive.turning(keys[1], behind: #""public_key":""#)),
                ("another id", archive.replacing(keys[1], "ak-2", "ak-3")),
                ("introduced elsewhere", archive.replacing(keys[1], #""entry":"#, #""entry":1"#)),
                ("the second left out", archive.without(keys[1])), ("the first left out", archive.without(keys[0])),
                ("in another order", archive.swapping(keys[0], keys[1])), ("one twice", archive.doubling(keys[0])),
            ]
        case .checkpoints:
            return try [
                ("another root", archive.turning(checkpoints[0], behind: #"\n"#, at: 6)),
                ("another signature", archive.turning(checkpoints[0], behind: "\u{2014} latchkey.audit/", at: 40)),
                (
                    "another signature at the end",
                    archive.turning(checkpoints[1], behind: "\u{2014} latchkey.audit/", at: 60)
                ),
                ("another time", archive.replacing(checkpoints[1], "time 1", "time 2")),
                (
                    "another size",
                    archive.changing(checkpoints[0]) { $0.replacing(#/\\n(\d+)\\n/#, with: { "\\n1\($0.1)\\n" }) }
                ),
                ("the closing one left out", archive.without(checkpoints[0])),
                ("the last one left out", archive.without(checkpoints[1])),
                ("in another order", archive.swapping(checkpoints[0], checkpoints[1])),
                ("one twice", archive.doubling(checkpoints[0])),
                (
                    "one in the place of the other",
                    archive.changing(checkpoints[1]) { _ in archive.lines[checkpoints[0]] }
                ),
            ]
        case .entries:
            let number = entries[entries.count / 2]
            func edited(_ line: String) -> String {
                line.replacing(#/"actor_kind":"[a-z_]+"/#, with: "\"actor_kind\":\"console\"")
            }
            var damages = [
                ("edited", archive.changing(number, edited)),
                ("edited, and hashed anew", try archive.changing(number) { try Archive.rehashed(edited($0)) }),
                ("another hash", try archive.turning(number, behind: #""hash":""#)),
                ("left out", archive.without(number)), ("twice", archive.doubling(number)),
                ("left out, the rest renumbered", try archive.renumbered(archive.without(number))),
                ("twice, the rest renumbered", try archive.renumbered(archive.doubling(number))),
            ]
            for (name, value) in [("at", "1"), ("outcome", "\"refused\""), ("generation", "9"), ("key_id", "\"dk-9\"")]
            {
                let changed = try archive.changing(number) { line in
                    try Archive.rehashed(
                        line.replacing(try Regex("\"\(name)\":(null|\"[^\"]*\"|[0-9]+)"), with: "\"\(name)\":\(value)"))
                }
                damages.append(("another \(name), hashed anew", changed))
            }
            return damages
        case .order:
            let number = entries[entries.count / 2]
            return [
                ("two entries changed places", archive.swapping(number, number + 1)),
                ("and were renumbered", try archive.renumbered(archive.swapping(number, number + 1))),
                (
                    "the last before the first",
                    try archive.renumbered(archive.swapping(entries[0], entries[entries.count - 1]))
                ),
                ("the summary before the proof", archive.swapping(consistency, summary)),
            ]
        case .count:
            let size = entries.count
            return try [
                ("one more", archive.replacing(0, "\"size\":\(size)", "\"size\":\(size + 1)")),
                ("one less", archive.replacing(0, "\"size\":\(size)", "\"size\":\(size - 1)")),
                ("the last entry left out", archive.without(entries[size - 1])),
                (
                    "the last entry left out, and one less",
                    archive.replacing(0, "\"size\":\(size)", "\"size\":\(size - 1)").enumerated()
                        .filter { $0.offset != entries[size - 1] }.map(\.element)
                ),
            ]
        case .proof:
            return try [
                ("another hash", archive.turning(consistency, behind: #""hashes":[""#)),
                ("no hash", archive.changing(consistency) { $0.replacing(#/"hashes":\[.*\]/#, with: "\"hashes\":[]") }),
                ("from another size", archive.replacing(consistency, #""from":"#, #""from":1"#)),
                ("to another size", archive.replacing(consistency, #""to":"#, #""to":1"#)),
                ("left out", archive.without(consistency)), ("twice", archive.doubling(consistency)),
            ]
        case .inventory:
            return try [
                ("another state", archive.replacing(inventory[0], #""state":""#, #""state":"x"#)),
                ("other records", archive.replacing(inventory[1], #""records":"#, #""records":1"#)),
                ("one left out", archive.without(inventory[0])),
                ("all left out", archive.without(inventory[0], inventory[1])),
                ("in another order", archive.swapping(inventory[0], inventory[1])),
            ]
        case .summary:
            return try [
                (
                    "no rotations",
                    archive.changing(summary) { $0.replacing(#/"rotations":\[[0-9,]+\]/#, with: "\"rotations\":[]") }
                ),
                (
                    "no proofs",
                    archive.changing(summary) { $0.replacing(#/"proofs":\[[0-9,]+\]/#, with: "\"proofs\":[]") }
                ),
                ("a failure", archive.replacing(summary, #""failures":["#, #""failures":[1"#)),
                ("other settings", archive.turning(summary, behind: "sha256:")), ("left out", archive.without(summary)),
            ]
        case .seal:
            return try [
                (
                    "another digest",
                    archive.changing(seal) {
                        $0.replacing(#/\\n([A-Za-z0-9+/])/#, with: { "\\n" + ($0.1 == "A" ? "B" : "A") })
                    }
                ),
                ("another signature", archive.turning(seal, behind: "\u{2014} latchkey.audit/", at: 60)),
                ("left out", archive.without(seal)), ("twice", archive.doubling(seal)),
                ("something behind it", archive.lines + ["{}"]),
            ]
        case .truncated:
            let ends = [
                0, keys[1], checkpoints[0], checkpoints[1], entries[3], entries.last ?? 0, consistency, inventory[1],
                summary,
            ]
            return ends.map { ("after line \($0 + 1)", Array(archive.lines[...$0])) }
                + [
                    ("everything", []),
                    ("in the middle of the seal", archive.changing(last) { String($0.dropLast(20)) }),
                ]
        }
    }
}

/// An archive that a log's own key sealed with something in it that is not so.
private struct SealedLie {
    var what = "nothing"
    /// The entries' indexes; honest ones are 1 to 8.
    var indexes = Array(1...8)
    var checkpoints = [5, 8]
    /// Under which name the log goes; its own if nil.
    var name: String?
    /// The key that the first entry introduces; the one that signs if nil.
    var introduced: AuditSigningKey?
    var change: (String) throws -> String = { $0 }
    var seal: (String) -> String = { $0 }

    static func all() throws -> [SealedLie] {
        func replacing(_ what: String, _ old: String, _ new: String) -> SealedLie {
            SealedLie(what: what, change: { $0.replacing(old, with: new) })
        }
        return [
            replacing("a failure left out", #""failures":[5]"#, #""failures":[]"#),
            replacing("a proof made up", #""proofs":[4]"#, #""proofs":[3,4]"#),
            replacing("a rotation left out", #""rotations":[1,3]"#, #""rotations":[1]"#),
            replacing("other settings", #""configuration":"sha256:5"#, #""configuration":"sha256:6"#),
            replacing("a key called destroyed", #""state":"retired""#, #""state":"destroyed""#),
            replacing("a key without records", #""records":3"#, #""records":0"#),
            SealedLie(what: "a key left out", change: { $0.hasPrefix(#"{"data_key":{"entry":7,"#) ? "" : $0 }),
            SealedLie(
                what: "an entry of another tree",
                change: { line in
                    guard line.hasPrefix(#"{"entry":{"index":6,"#) else { return line }
                    return try Archive.rehashed(line.replacing(#""subject":"s""#, with: #""subject":"t""#))
                }),
            SealedLie(what: "an index left out", indexes: [1, 2, 3, 4, 5, 7, 8, 9]),
            SealedLie(what: "an index twice", indexes: [1, 2, 3, 4, 5, 5, 6, 7]),
            SealedLie(
                what: "a false proof",
                change: {
                    $0.hasPrefix(#"{"consistency":"#) ? $0.replacing(#/"hashes":\["./#, with: #""hashes":["/"#) : $0
                }),
            SealedLie(
                what: "no proof",
                change: {
                    $0.hasPrefix(#"{"consistency":"#) ? $0.replacing(#/"hashes":\[.*\]/#, with: #""hashes":[]"#) : $0
                }),
            SealedLie(what: "a checkpoint in another order", checkpoints: [5, 3, 8]),
            SealedLie(what: "a checkpoint twice", checkpoints: [5, 5, 8]),
            SealedLie(
                what: "another root in the head", checkpoints: [8],
                change: {
                    $0.hasPrefix(#"{"archive":"#) ? $0.replacing(#/"root":"./#, with: #""root":"/"#) : $0
                }),
            SealedLie(what: "the name of another log", name: "latchkey.audit/0123456789abcdef"),
            SealedLie(
                what: "a first entry that introduces another key",
                introduced: AuditSigningKey(seed: Secret([UInt8](repeating: 8, count: 32)))),
            SealedLie(what: "a seal over another size", seal: { $0.replacing("\n8\n", with: "\n9\n") }),
            SealedLie(what: "a seal of another form", seal: { $0.replacing("evidence 1", with: "evidence 2") }),
            SealedLie(what: "a seal over other octets", seal: { $0.replacing(#/\n8\n./#, with: "\n8\n/") }),
        ]
    }

    func archive() throws -> [String] {
        let key = try #require(AuditSigningKey(seed: Secret([UInt8](repeating: 7, count: 32))))
        let origin = name ?? key.publicKey.origin
        let records = zip(1..., indexes).map { Self.record($0, index: Int64($1), introduced ?? key) }
        var (frontier, summary, roots) = (TreeFrontier(), EvidenceSummary(), [TreeHash]())
        for record in records {
            frontier.append(record.leafHash)
            roots.append(frontier.root)
            summary.take(record)
        }
        var lines: [String] = []
        var writer = try EvidenceWriter(origin: origin, size: 8, root: frontier.root) {
            lines.append(String(decoding: $0.dropLast(), as: UTF8.self))
        }
        try writer.add(EvidenceKey(id: "ak-1", key: key.publicKey, entry: 1))
        for size in checkpoints {
            let checkpoint = Checkpoint(
                origin: origin, size: Int64(size), root: roots[size - 1], at: 1_790_000_000_000 + Int64(size))
            try writer.add(checkpoint: try SignedNote.make(checkpoint, key: key))
        }
        for record in records { try writer.add(record) }
        let reader = TreeReader { node in
            var subtree = TreeFrontier()
            for record in records[Int(node.leaves.lowerBound)..<Int(node.leaves.upperBound)] {
                subtree.append(record.leafHash)
            }
            return subtree.root
        }
        for size in checkpoints.dropLast().map(Int64.init) {
            let hashes = try reader.consistencyProof(from: size, to: 8)
            try writer.add(ConsistencyProof(old: size, new: 8, hashes: hashes))
        }
        try writer.add(summary)
        return try sealed(lines.map(change).filter { !$0.isEmpty }, key)
    }

    private func sealed(_ lines: [String], _ key: AuditSigningKey) throws -> [String] {
        // Of octets as they are, mark or no mark.
        let octets = Array(lines.map { $0 + "\n" }.joined().utf8)
        let digest = unsafe octets.withUnsafeBytes { unsafe TreeHash(markedLeaf: $0) }
        let origin = name ?? key.publicKey.origin
        let text = seal(EvidenceSeal.text(origin: origin, size: 8, digest: digest))
        var line = EvidenceText()
        line.seal(try SignedNote.make(text: text, name: origin, key: key))
        return lines + [String(decoding: line.octets, as: UTF8.self)]
    }

    private static func record(_ number: Int, index: Int64, _ key: AuditSigningKey) -> AuditRecord {
        var (action, outcome, subject) = (AuditAction.callProxied, AuditOutcome.succeeded, "s")
        switch number {
        case 1: (action, subject) = (.auditKeyCreated, "ak-1 \(Base64URL.encode(key.publicKey.octets))")
        case 2: (action, subject) = (.serviceStarted, "sha256:5")
        case 3: action = .dataKeyPromoted
        case 4: action = .rotationVerified
        case 5: outcome = .failed(code: "no")
        case 7, 8:
            action = .dataKeyCounted
            subject = CountedDataKey.subject(
                id: "dk-\(number - 6)", state: number == 7 ? "retired" : "primary", records: 3, created: 1,
                activated: 2, retired: number == 7 ? 4 : nil, destroyed: nil)
        default: break
        }
        return AuditRecord(
            index: index,
            event: AuditEvent(
                at: Date(timeIntervalSince1970: 1_790_000_000 + Double(number)), actor: .system, action: action,
                outcome: outcome, subject: subject))
    }
}
