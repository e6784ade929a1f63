import ArgumentParser
import FoundationEssentials
import Gateway
import GatewayCore
import Storage
import StorageSQLite

struct AuditExportCommand: GatewayCommand {
    /// Entries read at once.
    private static let batch = 1000

    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Print audit entries, oldest first, one JSON object a line; or write an archive.",
        discussion: """
            An archive is one file of evidence: entries, keys, checkpoints and proofs, signed. `latchkey audit verify \
            --archive FILE` and scripts/verify-audit-archive.py check it without the service and its database. The export \
            itself stands in the log.
            """)

    @OptionGroup var common: CommonOptions

    @Option(help: "Only entries with a larger index.")
    var after: Int64 = 0

    @Option(help: "Write an evidence archive to this file, which must not be there yet.")
    var archive: String?

    @Option(help: "Make the archive of the first so many entries again, octet by octet.")
    var size: Int64?

    func validate() throws {
        guard archive != nil || size == nil else { throw ValidationError("--size goes with --archive.") }
        guard archive == nil || after == 0 else { throw ValidationError("An archive begins with the first entry.") }
    }

    func run() async throws {
        if let archive { try await writeArchive(archive) } else { try await printEntries() }
    }

    private func printEntries() async throws {
        try await withStore { store in
            // Before the first entry leaves.
            try await store.append([
                AuditEvent(
                    at: Date(), actor: .commandLine, action: .auditExported,
                    subject: AuditExportForm.entries.rawValue)
            ])
            var index = after
            while true {
                let entries = try await store.auditEntries(after: index, limit: Self.batch)
                for entry in entries { output.object(AuditEntryBody(entry)) }
                guard let last = entries.last, entries.count == Self.batch else { return }
                index = last.index
            }
        }
    }

    private func writeArchive(_ path: String) async throws {
        let meter = ProgressMeter(output: output)
        let file = try NewFile(path: path)
        let entries = try await withParts { parts, _ in
            if let doubt = parts.auditLog.standing.explanation { throw AuditDoubt(explanation: doubt) }
            let count: Int64
            if let size {
                count = size
            } else {
                count = try await parts.auditLog.noteExport(.archive, actor: .commandLine)
            }
            try await parts.auditLog.writeEvidence(
                size: count, report: { meter.say("\($0) entries read") }, to: file.write)
            return count
        }
        try file.keep()
        output.say(
            "Wrote \(entries) entries with their proofs to \(path).", or: ["archive": path, "entries": String(entries)])
    }
}
