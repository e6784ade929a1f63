/// How a log line looks.
package enum LogFormat: String, Sendable, CaseIterable {
    /// For people and the system's journal.
    case text
    /// One JSON object a line, for collectors.
    case json
}
