import FoundationEssentials
import GatewayCore

/// What a command says: text for people, or one JSON object a line.
struct Output: Sendable {
    let json: Bool

    func line(_ text: String) {
        StandardStreams.writeOutput(text + "\n")
    }

    /// One or the other.
    func say(_ text: @autoclosure () -> String, or value: @autoclosure () -> some Encodable) {
        if json { object(value()) } else { line(text()) }
    }

    /// Keys sorted, so that the same answer is always the same line.
    func object(_ value: some Encodable) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else { return }
        line(String(decoding: data, as: UTF8.self))
    }

    /// Columns as wide as their widest cell.
    func table(_ header: [String], _ rows: [[String]]) {
        let widths = header.indices.map { column in ([header] + rows).map { $0[column].count }.max() ?? 0 }
        for row in [header] + rows {
            let cells = zip(row, widths).map { cell, width in
                cell + String(repeating: " ", count: width - cell.count)
            }
            line(String(cells.joined(separator: "  ").reversed().drop { $0 == " " }.reversed()))
        }
    }

    func fail(_ failure: CommandFailure) {
        guard !json else { return object(FailureBody(failure)) }
        let lines = [failure.explanation.message, failure.explanation.remedy].compactMap { $0 }
        StandardStreams.writeError("latchkey: " + lines.joined(separator: " ") + "\n")
    }
}

private struct FailureBody: Encodable {
    struct Problem: Encodable {
        let name: String
        let message: String
    }

    struct Fault: Encodable {
        let code: String
        let message: String
        let remedy: String?
        let problems: [Problem]?
    }

    let error: Fault

    init(_ failure: CommandFailure) {
        let problems = failure.problems.map { Problem(name: $0.name, message: $0.sentence) }
        error = Fault(
            code: failure.explanation.code, message: failure.explanation.message, remedy: failure.explanation.remedy,
            problems: problems.isEmpty ? nil : problems)
    }
}
