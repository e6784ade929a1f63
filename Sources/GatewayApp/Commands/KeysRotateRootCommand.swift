import ArgumentParser
import Gateway
import GatewayCore
import StorageSQLite
import TokenVault

struct KeysRotateRootCommand: GatewayCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate-root",
        abstract: "Put another root key in the place of the one in use, beside a running service.",
        discussion: """
            Wraps the data keys and the audit key anew in one short transaction; sealed records stay as they are. Whatever \
            was copied before, a backup of the database with its root key, still opens: after a leak run \
            emergency-rotate as well. Killed at any point, the next command or start finishes it or leaves the former key.
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var change: ChangeOptions
    @OptionGroup var why: ReasonOptions

    @Option(
        help: """
            Move it: file:PATH, credential:/etc/credstore/NAME, or \
            'pkcs11:token=T;object=KEY?module-path=/LIBRARY.so&pin-source=/PINFILE'.
            """)
    var to: String?

    func run() async throws {
        let target = try to.map { text throws(RootKeyTargetRefusal) in try RootKeySettings.target(text) }
        try Confirmation(options: change).ask(
            "The root key will be replaced. Backups made until now need the former one.")
        let (replaced, isPurged) = try await withParts { parts, _ in
            let replaced = try await parts.rootKeyReplacement.run(to: target, reason: why.reason, actor: .commandLine)
            return (replaced, try await !parts.store.hasRemnants())
        }
        let body = RootKeyReplacedBody(
            replaced, moved: target.flatMap { replaced.isMoved ? $0 : nil }, isPurged: isPurged)
        output.say(body.text, or: body)
    }
}

private struct RootKeyReplacedBody: Encodable {
    let fingerprint: String
    let former_fingerprint: String
    let place: String
    let data_keys: Int
    let audit_keys: Int
    let milliseconds: Int
    let log_emptied: Bool
    let settings: [String: String]?
    private let lines: [String]

    private enum CodingKeys: CodingKey {
        case fingerprint, former_fingerprint, place, data_keys, audit_keys, milliseconds, log_emptied, settings
    }

    init(_ replaced: RootKeyReplaced, moved: RootKeySource?, isPurged: Bool) {
        log_emptied = isPurged
        fingerprint = replaced.new
        former_fingerprint = replaced.former
        place = replaced.place
        data_keys = replaced.dataKeys
        audit_keys = replaced.auditKeys
        let (seconds, attoseconds) = replaced.duration.components
        milliseconds = Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
        let names = moved?.settings.map { ($0.0.variable, $0.1) }
        settings = names.map { Dictionary(uniqueKeysWithValues: $0) }
        lines = names?.map { "  \($0)=\($1)" } ?? []
    }

    var text: String {
        let head =
            "The root key is \(fingerprint) now, in \(place); it was \(former_fingerprint). "
            + "Wrapped anew in \(milliseconds) ms: \(data_keys) data keys, \(audit_keys) audit key."
        let truth = log_emptied ? [head] : [head, Output.remnants]
        guard !lines.isEmpty else {
            return (truth + ["Export it: latchkey keys export-root FILE"]).joined(separator: "\n")
        }
        return (truth + ["Take the former place out of the settings, set these, and restart every service:"] + lines)
            .joined(separator: "\n")
    }
}
