package import Logging

/// What is logged, and how a line looks.
package struct LogSettings: Sendable {
    package let level: Logger.Level
    package let format: LogFormat

    init?(reading source: inout SettingsSource) {
        let level = source.choice(
            .logLevel,
            [
                "trace": Logger.Level.trace, "debug": .debug, "info": .info, "notice": .notice, "warning": .warning,
                "error": .error, "critical": .critical,
            ], default: .info)
        let format = source.choice(.logFormat, ["text": LogFormat.text, "json": .json], default: .text)
        guard let level, let format else { return nil }
        self.level = level
        self.format = format
    }
}
