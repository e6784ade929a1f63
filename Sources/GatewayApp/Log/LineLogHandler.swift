import FoundationEssentials
package import Logging

/// Writes events as lines, to standard error unless told otherwise.
package struct LineLogHandler: LogHandler {
    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]
    let label: String
    let format: LogFormat
    let write: @Sendable (String) -> Void

    package init(
        label: String, level: Logger.Level, format: LogFormat,
        write: @escaping @Sendable (String) -> Void = StandardStreams.writeError
    ) {
        self.label = label
        logLevel = level
        self.format = format
        self.write = write
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var fields = metadata
        fields.merge(event.metadata ?? [:]) { _, new in new }
        if let error = event.error { fields["error"] = .string(ErrorName.of(error)) }
        let line = LogLine(
            at: Date(), level: event.level, label: label, message: event.message.description,
            metadata: fields.sorted { $0.key < $1.key }.map { ($0.key, $0.value.description) })
        write(line.text(format) + "\n")
    }
}
