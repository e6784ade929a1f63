package import ArgumentParser
import FoundationEssentials

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

/// What every command takes that changes something.
struct ChangeOptions: ParsableArguments {
    @Flag(name: .shortAndLong, help: "Do it without asking.")
    var yes = false
}
