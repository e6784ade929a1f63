import FoundationEssentials
import GatewayCore
import Testing

@testable import AuditTrail

@Suite("Evidence archives") struct EvidenceTests {
    @Test("KEY-30: a sound archive verifies, and tells what it is about")
    func sound() throws {
        let sample = try EvidenceSample(entries: 30, replacingKeyAt: 20)
        let report = try EvidenceSample.check(sample.lines)
        #expect(report.entries == 30 && report.keys.map(\.id) == ["ak-1", "ak-2"] && report.checkpoints == 3)
        #expect(report.summary.configuration == "sha256:5" && report.summary.dataKeys.map(\.id) == ["dk-1", "dk-2"])
        #expect(
            report.summary.rotations == [1, 8, 20] && report.summary.proofs == [9] && report.summary.failures == [10])
    }

    @Test("KEY-30: the same log gives the same octets")
    func reproducible() throws {
        let key = try EvidenceSample.key(1)
        #expect(try EvidenceSample(entries: 30, key: key).lines == EvidenceSample(entries: 30, key: key).lines)
    }

    /// Every octet takes a minute.
    private static let step = ProcessInfo.processInfo.environment["LATCHKEY_LONG_TESTS"] == "1" ? 1 : 13

    @Test("AUD-05: whatever octet of an archive is changed, it is found, and in an entry the entry is named")
    func everyOctet() throws {
        let sample = try EvidenceSample(entries: 12, replacingKeyAt: 6)
        for (number, line) in sample.lines.enumerated() {
            for position in stride(from: number % Self.step, to: line.count, by: Self.step) {
                for change in [line[position] ^ 1, line[position] == 0x41 ? 0x42 : 0x41] {
                    var lines = sample.lines
                    lines[number][position] = change
                    let fault = EvidenceSample.fault(lines)
                    #expect(fault != nil, "line \(number + 1), octet \(position)")
                    guard String(decoding: line, as: UTF8.self).hasPrefix(#"{"entry":"#) else { continue }
                    #expect(fault?.line == number + 1, "line \(number + 1), octet \(position)")
                }
            }
        }
    }

    @Test("AUD-05: a line that is removed, doubled, or changes places with the next one is found there")
    func lines() throws {
        let sample = try EvidenceSample(entries: 12, replacingKeyAt: 6)
        for number in sample.lines.indices {
            var removed = sample.lines
            removed.remove(at: number)
            #expect(EvidenceSample.fault(removed)?.line ?? 0 >= number + 1, "line \(number + 1) removed")
            var doubled = sample.lines
            doubled.insert(sample.lines[number], at: number)
            #expect(EvidenceSample.fault(doubled)?.line ?? 0 >= number + 1, "line \(number + 1) doubled")
            guard number + 1 < sample.lines.count else { continue }
            var swapped = sample.lines
            swapped.swapAt(number, number + 1)
            #expect(EvidenceSample.fault(swapped) != nil, "lines \(number + 1) and \(number + 2) swapped")
        }
    }

    @Test("AUD-06: an archive that ends early says so at the line that is missing")
    func truncated() throws {
        let sample = try EvidenceSample(entries: 12)
        for count in 0..<sample.lines.count {
            let fault = EvidenceSample.fault(Array(sample.lines.prefix(count)))
            #expect(fault == EvidenceFault(line: count + 1, entry: nil, reason: .endsEarly))
        }
        #expect(EvidenceSample.fault(sample.lines + [Array("{}".utf8)])?.reason == .goesOn)
    }

    @Test(
        "AUD-07: an archive of a rewritten log, sealed by the log's own key, does not fit the checkpoints kept elsewhere"
    )
    func rewritten() throws {
        let key = try EvidenceSample.key(1)
        let (honest, forged) = (
            try EvidenceSample(entries: 30, key: key), try EvidenceSample(entries: 30, key: key, actor: "nobody")
        )
        #expect(EvidenceSample.fault(forged.lines) == nil)
        let fault = EvidenceSample.fault(forged.lines, elsewhere: honest.notes)
        #expect(fault?.reason == .forked(size: 15))
        #expect(EvidenceSample.fault(honest.lines, elsewhere: honest.notes) == nil)
    }

    @Test("KEY-30: notes elsewhere from after the archive's time, by a key that came later, say nothing about it")
    func laterKey() throws {
        let key = try EvidenceSample.key(1)
        let (archive, later) = (
            try EvidenceSample(entries: 12, key: key), try EvidenceSample(entries: 30, replacingKeyAt: 20, key: key)
        )
        // One at 15 by the key that the archive has, one at 30 by the later one.
        let report = try EvidenceSample.check(archive.lines, elsewhere: archive.notes + later.notes)
        #expect(report.confirmed == 2 && report.larger == 2 && report.unsigned == 0)
        // Of the archive's own time nobody else signs anything.
        let stranger = try EvidenceSample(entries: 8, key: EvidenceSample.key(9))
        #expect(EvidenceSample.fault(archive.lines, elsewhere: stranger.notes)?.reason == .forked(size: nil))
    }

    @Test("AUD-06: a note elsewhere that is torn or that nobody signed accuses nobody, and is counted")
    func torn() throws {
        let sample = try EvidenceSample(entries: 30)
        let note = try #require(sample.notes.last)
        let junk = ["", "hello", note.replacing("\u{2014}", with: "-"), note.replacing("time 1", with: "time 2")]
        let report = try EvidenceSample.check(sample.lines, elsewhere: junk + [note])
        #expect(report.confirmed == 1 && report.unsigned == junk.count && report.larger == 0)
    }

    @Test("KEY-29: notes of a log that an entry gives up for a restored one are counted, and those of later are not")
    func givenUp() throws {
        let key = try EvidenceSample.key(1)
        let other = try EvidenceSample(entries: 26, key: key, actor: "nobody")
        let last = try #require(other.notes.last)
        let abandoned = try #require(SignedNote.text(of: last).flatMap { Checkpoint(parsing: $0) })
        let sample = try EvidenceSample(entries: 30, key: key, accepting: AbandonedCheckpoint(abandoned))
        let report = try EvidenceSample.check(sample.lines, elsewhere: sample.notes + other.notes)
        #expect(report.confirmed == 2 && report.abandoned == 2)
        let later = try EvidenceSample(entries: 28, key: key, actor: "nobody")
        #expect(EvidenceSample.fault(sample.lines, elsewhere: later.notes)?.reason == .forked(size: 28))
    }

    @Test("KEY-25: a second key counts only if the first one signed the entry that introduces it")
    func successors() throws {
        let sample = try EvidenceSample(entries: 30, replacingKeyAt: 20)
        // Without the first key's last word the second one could be anybody's.
        let closing = try #require(
            sample.lines.lastIndex {
                String(decoding: $0, as: UTF8.self).contains(#"checkpoint":"\#(sample.origin)\n20\n"#)
            })
        var lines = sample.lines
        lines.remove(at: closing)
        #expect(EvidenceSample.fault(lines)?.reason == .key)
        // The first key signs nothing from after its time: neither the whole, nor a checkpoint under the second one's seal.
        for isSealed in [true, false] {
            let late = try EvidenceSample(entries: 30, replacingKeyAt: 20, signsTooLong: true, sealsTooLong: isSealed)
            #expect(EvidenceSample.fault(late.lines)?.reason == .signature)
        }
    }

    @Test("KEY-30: whoever knows the log's first key is not shown another log's archive")
    func trusted() throws {
        let sample = try EvidenceSample(entries: 5)
        let other = try EvidenceSample.key(9).publicKey
        #expect(EvidenceSample.fault(sample.lines, trusted: sample.first) == nil)
        #expect(EvidenceSample.fault(sample.lines, trusted: other)?.reason == .stranger)
    }

    @Test("a line has one form: other white space, escapes and orders are another's")
    func oneForm() throws {
        var text = EvidenceText()
        let odd = "\u{0}\u{1}\u{8}\t\n\u{B}\u{C}\r\u{1F}\"\\/\u{7F}é\u{2028}\u{1F600}"
        text.text(odd)
        let written = String(decoding: text.octets, as: UTF8.self)
        #expect(written == #""\u0000\u0001\b\t\n\u000b\f\r\u001f\"\\/\#u{7F}é\#u{2028}\#u{1F600}""#)
        var scanner = EvidenceScanner(text.octets)
        let read = try scanner.text()
        #expect(read == odd && scanner.isAtEnd)
        for other in [
            #""\/""#, #""\u0041""#, #""\u000A""#, #""\u001F""#, #""\x""#, "\"\n\"", "\"", "\"\u{5C}\"", #""\u00""#,
        ] {
            var scanner = EvidenceScanner(Array(other.utf8))
            #expect(throws: EvidenceScanner.Malformed.self) { try scanner.text() }
        }
        for other in ["+1", "01", "1.0", "-0", "", "9223372036854775808"] {
            var scanner = EvidenceScanner(Array(other.utf8))
            let isWhole = (try? scanner.number(Int64.self)) != nil && scanner.isAtEnd
            #expect(!isWhole, "\(other)")
        }
    }

    @Test("what an inventory entry says is read only when it is written in exactly that way")
    func inventory() throws {
        let subject = CountedDataKey.subject(
            id: "dk-1", state: "retired", records: 0, created: 5, activated: nil, retired: 7, destroyed: nil)
        #expect(subject == "dk-1 state=retired records=0 created=5 activated=- retired=7 destroyed=-")
        let read = try #require(CountedDataKey(entry: 3, subject))
        #expect(read.id == "dk-1" && read.records == 0 && read.activated == nil && read.retired == 7 && read.entry == 3)
        for other in [
            "", "dk-1", subject + " ", subject.replacing("=-", with: "=x"), subject.replacing("=5", with: "=05"),
        ] {
            #expect(CountedDataKey(entry: 3, other) == nil)
        }
    }

    @Test("AUD-10: proofs in a log of 80,000,000 entries have at most 3 KB")
    func proofSizes() throws {
        let size: Int64 = 80_000_000
        let reader = TreeReader { _ in TreeHash.empty }
        var numbers = SystemRandomNumberGenerator()
        for position in [0, size / 2, size - 1] + (0..<200).map({ _ in Int64.random(in: 0..<size, using: &numbers) }) {
            let inclusion = try reader.inclusionProof(of: position, size: size)
            #expect(inclusion.count * TreeHash.count <= 3_000)
            let consistency = try reader.consistencyProof(from: max(1, position), to: size)
            #expect(consistency.count * TreeHash.count <= 3_000)
        }
    }
}

/// An archive over made-up entries.
private struct EvidenceSample {
    private(set) var lines: [[UInt8]] = []
    /// Checkpoints at half and at the whole size, as they would be kept elsewhere.
    private(set) var notes: [String] = []
    let origin: String
    let first: AuditPublicKey

    static func key(_ number: UInt8) throws -> AuditSigningKey {
        try #require(AuditSigningKey(seed: Secret([UInt8](repeating: number, count: 32))))
    }

    init(
        entries: Int, replacingKeyAt replaced: Int? = nil, key: AuditSigningKey? = nil, actor: String? = nil,
        signsTooLong: Bool = false, sealsTooLong: Bool = false, accepting given: AbandonedCheckpoint? = nil
    ) throws {
        let (key, second) = (try key ?? Self.key(1), try Self.key(2))
        (origin, first) = (key.publicKey.origin, key.publicKey)
        let records = (1...entries).map { Self.record($0, replaced, key, second, actor, given) }
        var roots: [Int64: TreeHash] = [:]
        var frontier = TreeFrontier()
        for record in records {
            frontier.append(record.leafHash)
            roots[frontier.size] = frontier.root
        }
        let size = Int64(entries)
        func note(_ size: Int64, _ key: AuditSigningKey) throws -> String {
            let checkpoint = Checkpoint(
                origin: origin, size: size, root: roots[size] ?? .empty, at: 1_790_000_000_000 + size)
            return try SignedNote.make(checkpoint, key: key)
        }
        let last = replaced == nil || signsTooLong ? key : second
        var sizes = [size / 2, replaced.map(Int64.init)].compactMap { $0 }
        sizes = Set(sizes).sorted()
        notes = try [note(size / 2, key), note(size, last)]

        var written: [[UInt8]] = []
        var writer = try EvidenceWriter(origin: origin, size: size, root: frontier.root) {
            written.append($0.dropLast())
        }
        try writer.add(EvidenceKey(id: "ak-1", key: key.publicKey, entry: 1))
        if let replaced { try writer.add(EvidenceKey(id: "ak-2", key: second.publicKey, entry: Int64(replaced))) }
        for size in sizes { try writer.add(checkpoint: note(size, key)) }
        try writer.add(checkpoint: note(size, last))
        var summary = EvidenceSummary()
        for record in records {
            try writer.add(record)
            summary.take(record)
        }
        let reader = TreeReader { node in
            var subtree = TreeFrontier()
            for record in records[Int(node.leaves.lowerBound)..<Int(node.leaves.upperBound)] {
                subtree.append(record.leafHash)
            }
            return subtree.root
        }
        for old in sizes {
            let hashes = try reader.consistencyProof(from: old, to: size)
            try writer.add(ConsistencyProof(old: old, new: size, hashes: hashes))
        }
        try writer.add(summary)
        try writer.seal(by: replaced == nil || sealsTooLong ? key : second)
        lines = written
    }

    private static func record(
        _ number: Int, _ replaced: Int?, _ key: AuditSigningKey, _ second: AuditSigningKey, _ actor: String?,
        _ given: AbandonedCheckpoint?
    ) -> AuditRecord {
        var (action, outcome, subject) = (AuditAction.callProxied, AuditOutcome.succeeded, "é \"\(number)\"\n")
        switch number {
        case 1: (action, subject) = (.auditKeyCreated, "ak-1 \(Base64URL.encode(key.publicKey.octets))")
        case replaced: (action, subject) = (.auditKeyReplaced, "ak-2 \(Base64URL.encode(second.publicKey.octets))")
        case 3, 4:
            action = .dataKeyCounted
            subject = CountedDataKey.subject(
                id: "dk-\(number - 2)", state: "primary", records: 3, created: 1, activated: 2, retired: nil,
                destroyed: nil)
        case 5: (action, subject) = (.serviceStarted, "sha256:5")
        case 8: action = .dataKeyPromoted
        case 9: action = .rotationVerified
        case 10: outcome = .failed(code: "no")
        case 11:
            guard let given else { break }
            (action, subject) = (.backupRestored, given.subject(behind: "audit.database_older"))
        default: break
        }
        return AuditRecord(
            index: Int64(number),
            event: AuditEvent(
                at: Date(timeIntervalSince1970: 1_790_000_000 + Double(number)),
                actor: AuditActor(kind: .apiKey, id: actor ?? "key_\(number)"), action: action, outcome: outcome,
                tenant: number % 2 == 0 ? .default : nil, subject: subject, generation: number % 3 == 0 ? .max : nil,
                keyID: nil))
    }

    static func check(
        _ lines: [[UInt8]], elsewhere: [String] = [], trusted: AuditPublicKey? = nil
    ) throws -> EvidenceReport {
        var rest = lines[...]
        var verifier = EvidenceVerifier(trusted: trusted, next: { rest.popFirst() })
        return try verifier.check(elsewhere: elsewhere)
    }

    static func fault(
        _ lines: [[UInt8]], elsewhere: [String] = [], trusted: AuditPublicKey? = nil
    ) -> EvidenceFault? {
        do {
            _ = try check(lines, elsewhere: elsewhere, trusted: trusted)
            return nil
        } catch {
            return error as? EvidenceFault
        }
    }
}
