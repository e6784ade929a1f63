import ArgumentParser
import Logging

struct ServeCommand: GatewayCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the gateway until SIGTERM or SIGINT; SIGHUP reads the client secret again."
    )

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let hygiene = try ProcessHygiene.apply()
        let settings = try Settings(reading: common.source)
        LoggingSystem.bootstrap { label in
            LineLogHandler(label: label, level: settings.log.level, format: settings.log.format)
        }
        let logger = Logger(label: "latchkey")
        hygiene.report(to: logger)
        for notice in SettingsNotices.all(settings) { logger.warning("\(notice)") }
        let program = try await GatewayProgram(settings: settings, logger: logger)
        try await program.run { [output] port in
            let ready = Ready(settings.listener, port: port)
            output.say(ready.text, or: ready)
        }
        logger.info("stopped")
    }
}

/// The one line that says requests are taken.
private struct Ready: Encodable {
    let event = "ready"
    let public_url: String
    let listening: String

    init(_ settings: ListenerSettings, port: Int) {
        public_url = settings.publicOrigin.text
        let host = settings.host.contains(":") ? "[\(settings.host)]" : settings.host
        listening = "\(settings.tls == nil ? "http" : "https")://\(host):\(port)"
    }

    var text: String { "latchkey is ready at \(public_url) (listening on \(listening))" }
}
