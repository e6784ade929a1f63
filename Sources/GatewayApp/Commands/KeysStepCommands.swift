import ArgumentParser
import FoundationEssentials
import Gateway
import GatewayCore
import Storage
import StorageSQLite
import TokenVault

struct KeysGenerateCommand: GatewayCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate", abstract: "Make a data key. It opens on every running service, and seals nothing yet.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var why: ReasonOptions

    func run() async throws {
        let key = try await withParts { parts, _ in
            try await parts.keyRotation.generate(reason: why.reason, actor: .commandLine)
        }
        output.say(
            "Generated \(key.id). `latchkey keys promote \(key.id)` makes it the one that seals.",
            or: ["id": key.id, "state": key.state])
    }
}

struct KeysPromoteCommand: GatewayCommand {
    static let configuration = CommandConfiguration(
        commandName: "promote",
        abstract: "Seal everything new under this key. Refused while a running service does not know it.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var why: ReasonOptions

    @Argument(help: "The key's id, as in dk-2.")
    var id: String

    func run() async throws {
        try await withParts { parts, _ in
            try await parts.keyRotation.promote(id, reason: why.reason, actor: .commandLine)
        }
        output.say("\(id) is primary: everything new is sealed under it.", or: ["id": id, "state": "primary"])
    }
}

struct KeysRetireCommand: GatewayCommand {
    static let configuration = CommandConfiguration(
        commandName: "retire", abstract: "Never use this key again. Refused while one record needs it.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var change: ChangeOptions
    @OptionGroup var why: ReasonOptions

    @Argument(help: "The key's id, as in dk-1.")
    var id: String

    func run() async throws {
        try Confirmation(options: change).ask("\(id) will never seal again.")
        try await withParts { parts, _ in
            try await parts.keyRotation.retire(id, reason: why.reason, actor: .commandLine)
        }
        output.say("\(id) is retired.", or: ["id": id, "state": "retired"])
    }
}

struct KeysDestroyCommand: GatewayCommand {
    static let configuration = CommandConfiguration(
        commandName: "destroy",
        abstract: "Have a retired key erased when its delay is over. A running service does it then.",
        discussion: """
            \(KeyRotation.copiesKeepTheKey) The delay is the time to think better of it.
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var change: ChangeOptions
    @OptionGroup var why: ReasonOptions

    @Option(help: "Seconds until it is erased.")
    var delay: Int = Int(KeyRotation.destructionDelay)

    @Flag(help: "Keep a key whose destruction is scheduled.")
    var cancel = false

    @Argument(help: "The key's id, as in dk-1.")
    var id: String

    func validate() throws {
        guard delay >= 0 else { throw ValidationError("--delay is a number of seconds, 0 or more.") }
    }

    func run() async throws {
        guard !cancel else { return try await keep() }
        try Confirmation(options: change).ask("\(id) will be erased for ever in \(delay) seconds.")
        let body = try await withParts { parts, _ in
            let due = try await parts.keyRotation.scheduleDestruction(
                of: id, after: TimeInterval(delay), reason: why.reason, actor: .commandLine)
            let outcome = try await parts.keyRotation.carryOutDestructions(actor: .commandLine)
            if let refusal = outcome.refused[id] { throw refusal }
            // Due at once it is the running service's as well, which may be faster.
            let state = try await parts.store.dataKeys().first { $0.id == id }?.state ?? DataKeyState.retired.rawValue
            return DestructionBody(
                id: id, state: state, destroy_at: due.formatted(.iso8601),
                log_emptied: try await !parts.store.hasRemnants())
        }
        output.say(body.text, or: body)
    }

    private struct DestructionBody: Encodable {
        let id: String
        let state: String
        let destroy_at: String
        let log_emptied: Bool

        var text: String {
            guard state == "destroyed" else { return "\(id) will be destroyed at \(destroy_at); --cancel keeps it." }
            return log_emptied ? "\(id) is destroyed." : "\(id) is destroyed. \(Output.remnants)"
        }
    }

    private func keep() async throws {
        try await withParts { parts, _ in
            try await parts.keyRotation.cancelDestruction(of: id, reason: why.reason, actor: .commandLine)
        }
        output.say("\(id) stays.", or: ["id": id, "state": "retired"])
    }
}

struct KeysOldestCommand: GatewayCommand {
    static let configuration = CommandConfiguration(
        commandName: "oldest",
        abstract:
            "Refuse records under keys older than this one. They are kept, and open again when the limit is lowered.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var change: ChangeOptions
    @OptionGroup var why: ReasonOptions

    @Argument(help: "The oldest key that may open, as in dk-2; or none, for no limit.")
    var id: String

    func run() async throws {
        let limit = id == "none" ? nil : id
        if limit != nil {
            try Confirmation(options: change).ask("Records under keys older than \(id) will be refused.")
        }
        let refused = try await withParts { parts, _ in
            try await parts.keyRotation.setOldestOpening(limit, reason: why.reason, actor: .commandLine)
        }
        output.say(
            limit == nil ? "Every key opens." : "Keys older than \(id) open nothing; \(refused) records are refused.",
            or: OldestBody(oldest: limit, records_refused: refused))
    }

    private struct OldestBody: Encodable {
        let oldest: String?
        let records_refused: Int
    }
}

struct KeysPauseCommand: GatewayCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Let the reseal that is under way rest, whichever process runs it.")

    @OptionGroup var common: CommonOptions

    @Flag(help: "End it where it is instead. Both keys stay readable; the next reseal goes on from there.")
    var abandon = false

    func run() async throws {
        let run = try await withParts { parts, _ in
            try await parts.keyRotation.steer(abandon ? .abandon : .pause, actor: .commandLine)
        }
        output.say(ResealProgressLine(run).text, or: ResealProgressLine(run))
    }
}

struct KeysResumeCommand: GatewayCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Let a paused reseal go on, or change its speed.")

    @OptionGroup var common: CommonOptions

    @Option(help: "Rows a second from now on; 0 for as fast as it goes.")
    var rowsPerSecond: Int?

    func validate() throws { try ResealOptions.check(rowsPerSecond) }

    func run() async throws {
        let run = try await withParts { parts, _ in
            if let rows = rowsPerSecond {
                _ = try await parts.keyRotation.steer(
                    .throttle(rowsPerSecond: rows > 0 ? rows : nil), actor: .commandLine)
            }
            return try await parts.keyRotation.steer(.resume, actor: .commandLine)
        }
        output.say(ResealProgressLine(run).text, or: ResealProgressLine(run))
    }
}
