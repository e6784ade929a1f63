import ArgumentParser
import AuditTrail
import FoundationEssentials
import Gateway
import GatewayCore

struct AuditVerifyCommand: GatewayCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check the whole log, or an archive of it, and name the first bad position.",
        discussion: """
            The log is held against its tree, its signed checkpoints, and those in LATCHKEY_AUDIT_CHECKPOINT_FILE and in \
            files named with --checkpoints. An archive needs neither the service nor its database nor any setting. Exit \
            status 1 when something is wrong.
            """)

    @OptionGroup var common: CommonOptions

    @Option(help: "Check this archive.")
    var archive: String?

    @Option(help: "The log's first public key, as `name+hash+key`, if you know it from elsewhere. For archives.")
    var key: String?

    @Option(help: "A file of checkpoints that were kept elsewhere. May be given several times.")
    var checkpoints: [String] = []

    func validate() throws {
        guard key == nil || archive != nil else { throw ValidationError("--key goes with --archive.") }
        guard key.map({ AuditPublicKey(verifierText: $0) != nil }) ?? true else {
            throw ValidationError("--key is no key of a signed note: name, hash and key, with + between them.")
        }
    }

    func run() async throws {
        if let archive { try verifyArchive(archive) } else { try await verifyLog() }
    }

    private func notes(_ files: [String]) throws -> [String] {
        try files.flatMap { path in
            guard FileManager.default.fileExists(atPath: path) else { throw AuditCheckpointFileError.notReadable }
            return try AuditCheckpointFile(path: path).notes()
        }
    }

    // MARK: The log

    private func verifyLog() async throws {
        let own = try common.source.read { AuditSettings(reading: &$0) }.checkpointFile
        let there = own.flatMap { FileManager.default.fileExists(atPath: $0) ? $0 : nil }
        let elsewhere = try notes([there].compactMap { $0 } + checkpoints)
        let meter = ProgressMeter(output: output)
        let report = try await withStore { store in
            try await AuditVerification(store: store, elsewhere: elsewhere).run { meter.say("\($0) entries read") }
        }
        let body = LogBody(report)
        output.say(body.text, or: ["verification": body])
        if report.problem != nil { throw ExitStatus.refused.thrown }
    }

    // MARK: An archive

    private func verifyArchive(_ path: String) throws {
        let elsewhere = try notes(checkpoints)
        let lines = try LineFile(path: path)
        let meter = ProgressMeter(output: output)
        var verifier = EvidenceVerifier(
            trusted: key.flatMap { AuditPublicKey(verifierText: $0) },
            report: { meter.say("\($0) entries read") }, next: { try lines.next() })
        do {
            let body = ArchiveBody(try verifier.check(elsewhere: elsewhere))
            output.say(body.text, or: ["archive": body])
        } catch let fault as EvidenceFault {
            let body = FaultBody(fault)
            output.say(body.text, or: ["archive": body])
            throw ExitStatus.refused.thrown
        }
    }
}

private struct LogBody: Encodable {
    let sound: Bool
    let entries: Int64
    let checkpoints: Int
    let checkpoints_elsewhere: Int
    let unsigned_elsewhere: Int
    let abandoned_elsewhere: Int
    let clock_set_back: Int
    let first_set_back: Int64?
    let first_bad_entry: Int64?
    let code: String?
    let message: String?

    init(_ report: AuditVerification.Report) {
        sound = report.problem == nil
        entries = report.entries
        checkpoints = report.checkpoints
        checkpoints_elsewhere = report.elsewhere
        unsigned_elsewhere = report.unsigned
        abandoned_elsewhere = report.abandoned
        clock_set_back = report.stepsBack
        first_set_back = report.firstStepBack
        first_bad_entry = report.problem?.firstIndex
        code = report.problem?.explanation.code
        message = report.problem?.explanation.message
    }

    var text: String {
        var lines: [String] = []
        if let message, let first_bad_entry {
            lines = ["NOT SOUND, from entry \(first_bad_entry) on. \(message)"]
        } else {
            lines = [
                "Sound: \(entries) entries, as \(checkpoints) checkpoints of this database and "
                    + "\(checkpoints_elsewhere) kept elsewhere say."
            ]
            if checkpoints_elsewhere == 0 {
                lines.append("Without a checkpoint from elsewhere nobody can tell whether the whole log was made anew.")
            }
        }
        if unsigned_elsewhere > 0 {
            lines.append(
                "\(unsigned_elsewhere) lines among the checkpoints elsewhere were signed by no key of this log.")
        }
        if abandoned_elsewhere > 0 {
            lines.append(AbandonedNotes.words(abandoned_elsewhere))
        }
        if let first_set_back {
            lines.append("The clock was set back \(clock_set_back) times, first before entry \(first_set_back).")
        }
        return lines.joined(separator: "\n")
    }
}

private struct ArchiveBody: Encodable {
    let sound = true
    let entries: Int64
    let checkpoints: Int
    let checkpoints_elsewhere: Int
    let larger_elsewhere: Int
    let abandoned_elsewhere: Int
    let unsigned_elsewhere: Int
    let key: String

    init(_ report: EvidenceReport) {
        entries = report.entries
        checkpoints = report.checkpoints
        checkpoints_elsewhere = report.confirmed
        larger_elsewhere = report.larger
        abandoned_elsewhere = report.abandoned
        unsigned_elsewhere = report.unsigned
        key = report.keys[0].key.verifierText(name: report.origin)
    }

    private enum CodingKeys: CodingKey {
        case sound, entries, checkpoints, checkpoints_elsewhere, larger_elsewhere, abandoned_elsewhere
        case unsigned_elsewhere, key
    }

    var text: String {
        let larger =
            larger_elsewhere > 0
            ? ["\(larger_elsewhere) checkpoints kept elsewhere are of a larger log; about these it says nothing."] : []
        let others =
            (abandoned_elsewhere > 0 ? [AbandonedNotes.words(abandoned_elsewhere)] : [])
            + (unsigned_elsewhere > 0 ? ["\(unsigned_elsewhere) notes elsewhere are torn or signed by nobody."] : [])
        return
            ([
                "Sound: \(entries) entries, \(checkpoints) checkpoints, \(checkpoints_elsewhere) kept elsewhere agree.",
                "Signed by the log of this key; compare it with what you know: \(key)",
            ] + larger + others).joined(separator: "\n")
    }
}

private enum AbandonedNotes {
    static func words(_ count: Int) -> String {
        "\(count) checkpoints elsewhere are of a log that was given up for a restored database; the entries backup.restored "
            + "say who accepted it."
    }
}

private struct FaultBody: Encodable {
    let sound = false
    let line: Int
    let entry: Int64?
    let message: String

    init(_ fault: EvidenceFault) {
        line = fault.line
        entry = fault.entry
        message = fault.words
    }

    private enum CodingKeys: CodingKey { case sound, line, entry, message }

    var text: String {
        "NOT SOUND, line \(line)" + (entry.map { ", entry \($0)" } ?? "") + ": \(message)"
    }
}
