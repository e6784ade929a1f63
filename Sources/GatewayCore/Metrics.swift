import Synchronization

/// Counters and gauges of this process, printed in Prometheus's text format (version 0.0.4).
///
/// Labels are stable words from closed lists, never ids: a label value per connection would grow without end.
package final class Metrics: Sendable {
    package typealias Labels = [String: String]

    private struct Series: Hashable {
        let name: String
        let labels: String
    }

    private struct State {
        var help: [String: (kind: String, text: String)] = [:]
        var values: [Series: Double] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    /// Adds to a counter. The name ends in `_total`.
    package func count(_ name: String, _ help: String, labels: Labels = [:], by amount: Double = 1) {
        state.withLock { state in
            state.help[name] = ("counter", help)
            state.values[Self.series(name, labels), default: 0] += amount
        }
    }

    /// Sets a gauge. The name ends in its unit.
    package func set(_ name: String, _ help: String, labels: Labels = [:], to value: Double) {
        state.withLock { state in
            state.help[name] = ("gauge", help)
            state.values[Self.series(name, labels)] = value
        }
    }

    /// Names sorted, so that the same state is always the same text.
    package func text() -> String {
        let (help, values) = state.withLock { ($0.help, $0.values) }
        return help.keys.sorted().map { name in
            let (kind, text) = help[name] ?? ("untyped", "")
            let lines = values.filter { $0.key.name == name }
                .map { "\(name)\($0.key.labels) \(Self.number($0.value))" }.sorted()
            return (["# HELP \(name) \(text)", "# TYPE \(name) \(kind)"] + lines).joined(separator: "\n") + "\n"
        }.joined()
    }

    private static func series(_ name: String, _ labels: Labels) -> Series {
        guard !labels.isEmpty else { return Series(name: name, labels: "") }
        let pairs = labels.sorted { $0.key < $1.key }.map { "\($0.key)=\"\(escaped($0.value))\"" }
        return Series(name: name, labels: "{" + pairs.joined(separator: ",") + "}")
    }

    private static func escaped(_ value: String) -> String {
        value.reduce(into: "") { output, character in
            switch character {
            case "\\": output += "\\\\"
            case "\"": output += "\\\""
            case "\n": output += "\\n"
            default: output.append(character)
            }
        }
    }

    private static func number(_ value: Double) -> String {
        Int64(exactly: value).map(String.init) ?? String(value)
    }
}
