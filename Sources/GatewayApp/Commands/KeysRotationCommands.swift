import ArgumentParser
import FoundationEssentials
import Gateway
import GatewayCore
import GatewayWeb
import Storage

struct KeysResealCommand: GatewayCommand {
    static let configuration = CommandConfiguration(
        commandName: "reseal",
        abstract: "Seal every record under the primary key, beside a running service. May be killed and started again.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var speed: ResealOptions
    @OptionGroup var why: ReasonOptions

    func run() async throws {
        let meter = ProgressMeter(output: output)
        let resealed = try await withParts { parts, _ in
            try await parts.keyRotation.reseal(
                rowsPerSecond: speed.limit, reason: why.reason, actor: .commandLine
            ) { meter.show($0) }
        }
        meter.end()
        guard resealed.unreadableCount == 0 else {
            throw CommandFailure(
                .refused, code: "keys.unreadable",
                "\(resealed.unreadableCount) records do not open and were left as they are"
                    + (resealed.unreadable.isEmpty ? "" : ": " + resealed.unreadable.joined(separator: ", ")) + ".",
                remedy:
                    "`latchkey keys verify` names them. Restore them from a backup, or connect their organizations again."
            )
        }
        if !output.json { output.line(ResealProgressLine(resealed.run).text) }
    }
}

struct KeysVerifyCommand: GatewayCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Prove that no record needs another key than the primary one: by count, and by opening every record.")

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let proof = try await withParts { parts, _ in try await parts.keyRotation.verify(actor: .commandLine) }
        output.proof(proof)
        guard proof.isComplete else {
            throw KeyRotationRefusal.incomplete(records: proof.faults)
        }
    }
}

struct KeysRotateCommand: GatewayCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Generate, promote, reseal and verify in one go. Run again after an interruption, it goes on.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var speed: ResealOptions
    @OptionGroup var change: ChangeOptions
    @OptionGroup var why: ReasonOptions

    func run() async throws {
        try Confirmation(options: change).ask("Every record will be sealed under a new data key.")
        let meter = ProgressMeter(output: output)
        let proof = try await withParts { parts, _ in
            try await parts.keyRotation.rotate(
                rowsPerSecond: speed.limit, reason: why.reason, actor: .commandLine
            ) { meter.show($0) }
        }
        output.proof(proof)
        if !output.json {
            output.line(
                "The former key opens nothing any more: retire it with `latchkey keys retire`, then destroy it.")
        }
    }
}

struct ResealOptions: ParsableArguments {
    @Option(help: "At most so many rows a second; 0 for as fast as it goes. Changed by keys resume --rows-per-second.")
    var rowsPerSecond: Int?

    func validate() throws { try Self.check(rowsPerSecond) }

    static func check(_ rows: Int?) throws {
        guard rows.map({ $0 >= 0 }) ?? true else {
            throw ValidationError("--rows-per-second is a number of rows, or 0 for as fast as it goes.")
        }
    }

    var limit: Int? { rowsPerSecond.flatMap { $0 > 0 ? $0 : nil } }
}

extension Output {
    /// Where something was erased and a reader keeps its last copy from being erased as well.
    static let remnants =
        "A reader keeps the write-ahead log from being emptied, and what was erased stands in it until then. A running "
        + "service empties it as soon as the reader is gone; so does keys verify."

    func proof(_ proof: CompletenessProof) {
        say(proof.text, or: ["proof": ProofJSON(proof)])
    }
}

extension CompletenessProof {
    fileprivate var text: String {
        let head =
            isComplete
            ? "Complete: all \(opened) records open with \(primary) alone, and no row names another key."
            : "Not complete: \(leftBehind) rows name another key than \(primary), and \(unreadableCount) records do not "
                + "open with it alone."
        let rows = counts.filter { !$0.value.isEmpty }.sorted { $0.key.rawValue < $1.key.rawValue }.map { table, keys in
            "  \(table.rawValue): "
                + keys.sorted { $0.key < $1.key }.map { "\($0.value) under \($0.key)" }.joined(separator: ", ")
        }
        let broken = unreadable.map { "  does not open: \($0)" }
        let back = rolledBack.prefix(20).map { "  older than the audit log says: \($0.text)" }
        let log =
            isPurged
            ? "The write-ahead log is empty; erased pages hold zeros."
            : "A reader kept the write-ahead log from being emptied. A running service does it as soon as the reader is "
                + "gone, and keys verify says so when it is run again."
        return ([head] + rows + broken + back + [log]).joined(separator: "\n")
    }
}
