package import ArgumentParser
import FoundationEssentials
import GatewayCore

/// What every command takes.
package struct CommonOptions: ParsableArguments {
    @Option(help: "Settings file in YAML. The environment wins over it.")
    package var config: String?

    @Flag(help: "Answer in JSON, for machines.")
    package var json = false

    package init() {}

    var source: SettingsSource {
        SettingsSource(environment: ProcessInfo.processInfo.environment, file: config)
    }
}

/// What every command takes that changes a key.
struct ReasonOptions: ParsableArguments {
    @Option(
        name: .customLong("reason"),
        help: ArgumentHelp(
            "Why, in one line for the audit log. A ticket's number says more than a name; no secret belongs here.",
            valueName: "text"))
    private var typed: String?

    /// As `validate` has let it pass.
    var reason: ChangeReason? { typed.flatMap { try? ChangeReason($0) } }

    func validate() throws {
        guard let typed else { return }
        do {
            _ = try ChangeReason(typed)
        } catch {
            throw ValidationError("\(error.explanation.message) \(error.explanation.remedy ?? "")")
        }
    }
}

/// What every command takes that changes something.
struct ChangeOptions: ParsableArguments {
    @Flag(name: .shortAndLong, help: "Do it without asking.")
    var yes = false
}
