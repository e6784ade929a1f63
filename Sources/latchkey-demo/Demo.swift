import ArgumentParser
import GatewayApp
import GatewayCore
import Logging
import ZendeskEmulator

@main
struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "latchkey-demo",
        abstract: "The gateway and a stand-in for Zendesk in one process on this machine, for a first look.",
        discussion: """
            Without --data everything lies in a temporary directory with a fresh root key and database, and is removed at \
            the end. The stand-in forgets its tokens at the end in any case.
            """)

    @Option(help: "Port of the gateway; 0 picks a free one. Default: 8080, or a free one if that is taken.")
    var httpPort: Int?

    @Option(help: "Port of the stand-in; 0 picks a free one. Default: 9443, or a free one if that is taken.")
    var zendeskPort: Int?

    @Option(help: "Port of the stand-in's control interface; 0 picks a free one. Left out: no control interface.")
    var controlPort: Int?

    @Option(help: "Directory for root key and database, kept and used again. Left out: a temporary one.")
    var data: String?

    @Option(help: "How much to log, on standard error: debug, info, warning or error.")
    var logLevel = DemoLogLevel.warning

    func run() async throws {
        do {
            try await start()
        } catch {
            let failure = CommandFailure(error)
            let words = [failure.explanation.message, failure.explanation.remedy].compactMap { $0 }
            StandardStreams.writeError("latchkey-demo: \(words.joined(separator: " "))\n")
            throw ExitCode(failure.status.rawValue)
        }
    }

    private func start() async throws {
        try ProcessHygiene.apply()
        LoggingSystem.bootstrap { [logLevel] in LineLogHandler(label: $0, level: logLevel.level, format: .text) }
        let ports = try DemoPorts(http: httpPort, zendesk: zendeskPort, control: controlPort)
        let directory = try DemoDirectory(kept: data)
        defer { directory.removeIfTemporary() }
        let program = try await GatewayProgram(
            settings: try DemoSettings(ports: ports, directory: directory).settings(),
            logger: Logger(label: "latchkey-demo"))
        let greeting = DemoGreeting(ports: ports, directory: directory, program: program)
        let readiness = DemoReadiness { await greeting.print() }
        let emulator = EmulatorServer(try emulatorConfiguration(ports, directory)) { _ in await readiness.emulator() }
        try await program.run(alongside: [emulator]) { _ in await readiness.gateway() }
    }

    private func emulatorConfiguration(
        _ ports: DemoPorts, _ directory: DemoDirectory
    ) throws -> EmulatorConfiguration {
        let client = EmulatorClient(
            identifier: DemoSettings.clientID, name: "Latchkey", secret: try directory.clientSecret(),
            redirectURIs: [ports.publicURL + "/oauth/callback"])
        return EmulatorConfiguration(
            port: ports.zendesk, domain: DemoSettings.zendeskDomain, controlPort: ports.control, clients: [client])
    }
}

enum DemoLogLevel: String, ExpressibleByArgument, CaseIterable {
    case debug, info, warning, error

    var level: Logger.Level {
        switch self {
        case .debug: .debug
        case .info: .info
        case .warning: .warning
        case .error: .error
        }
    }
}
