import Foundation
import GatewayApp
import GatewayCore
import Logging
import Testing

@Suite("Log lines")
struct LogTests {
    /// What one event looks like.
    private func line(_ format: LogFormat, _ body: (Logger) -> Void) -> String {
        let lines = CollectedLines()
        body(lines.logger(format))
        return lines.text
    }

    @Test("an event is one line, whatever it carries", arguments: LogFormat.allCases)
    func oneLine(format: LogFormat) {
        let hostile = "a\nb\r\u{1B}[2J\u{2028}c\u{202E}d\u{0}\u{85}"
        let text = line(format) { $0.info("\(hostile)", metadata: ["k\ney": "\(hostile)"]) }
        #expect(text.hasSuffix("\n"))
        let controls = text.dropLast().unicodeScalars.filter { $0.properties.generalCategory == .control }
        #expect(controls.isEmpty)
        #expect(!text.unicodeScalars.contains("\u{2028}") && !text.unicodeScalars.contains("\u{202E}"))
    }

    @Test("a JSON line parses and keeps its own members")
    func json() throws {
        let text = line(.json) { $0.warning("say \"hi\"\\", metadata: ["level": "forged", "route": "/x"]) }
        let object = try JSONDecoder().decode([String: String].self, from: Data(text.utf8))
        #expect(object["level"] == "warning")
        #expect(object["field.level"] == "forged")
        #expect(object["message"] == "say \"hi\"\\")
        #expect(object["route"] == "/x")
    }

    @Test("a text line quotes what would blur its end")
    func quoting() {
        let text = line(.text) { $0.info("m", metadata: ["a": "x y", "b": "plain", "c": "q\"q"]) }
        #expect(text.hasSuffix(#" INFO m a="x y" b=plain c="q\"q""# + "\n"))
    }

    @Test("a bearer token of ours never reaches a line", arguments: LogFormat.allCases)
    func redaction(format: LogFormat) {
        let token = "lk_" + String(repeating: "aB3-", count: 10) + "abc"
        let link = "lki_" + String(repeating: "x", count: 43)
        let text = line(format) { $0.info("GET /sign-in/\(link)?", metadata: ["authorization": "Bearer \(token)"]) }
        #expect(!text.contains(token) && !text.contains(link))
        #expect(text.contains("GET /sign-in/[token]?"))
        #expect(text.contains("Bearer [token]"))
    }

    @Test("a secret in an event is a tag", arguments: LogFormat.allCases)
    func secrets(format: LogFormat) {
        let text = line(format) { $0.info("\(Secret("hunter2"))", metadata: ["s": "\(Secret("hunter2"))"]) }
        #expect(!text.contains("hunter2"))
    }

    @Test("an error is named, not printed")
    func errors() {
        struct Loud: Error { let body = "hunter2" }
        let text = line(.text) { $0.error("failed", error: Loud()) }
        #expect(text.contains("error=Loud") && !text.contains("hunter2"))
    }

    @Test("a message without end is cut")
    func length() {
        let text = line(.text) { $0.info("\(String(repeating: "x", count: 100_000))") }
        #expect(text.utf8.count < 5000)
        let json = line(.json) { $0.info("\(String(repeating: "x", count: 100_000))") }
        #expect(json.utf8.count < 5000)
    }
}
