import Foundation
import GatewayApp
import Testing

/// `latchkey serve`, started and ready.
struct RunningGateway {
    let scratch: Scratch
    let environment: [String: String]
    let port: Int
    let program: RunningProgram
    private let mark: String

    var output: String { scratch.text("out-\(mark)") }
    var log: String { scratch.text("err-\(mark)") }

    /// `isWhole` when the changes are all the settings there are.
    init(
        in scratch: Scratch, changes: [String: String] = [:], arguments: [String] = [], isWhole: Bool = false
    ) async throws {
        port = try isWhole ? changes["LATCHKEY_HTTP_PORT"].flatMap(Int.init) ?? 0 : FreePort.take()
        self.scratch = scratch
        environment =
            isWhole ? changes : try scratch.goodEnvironment(port: port).merging(changes) { _, new in new }
        let mark = UUID().uuidString
        self.mark = mark
        program = try Executable.latchkey.start(
            ["serve"] + arguments, environment: environment, files: ("out-\(mark)", "err-\(mark)"), in: scratch)
        try await eventually("serve did not become ready: \(scratch.text("err-\(mark)"))") {
            scratch.text("out-\(mark)").contains("\n")
        }
    }

    func command(_ arguments: String...) async throws -> Executable.Outcome {
        try await Executable.latchkey.run(arguments, environment: environment, in: scratch)
    }

    /// The actions of the audit log, oldest first, but for the looking itself.
    func auditActions() async throws -> [String] {
        struct Entry: Decodable { let action: String }
        return try await command("audit", "export").output.split(separator: "\n").map { line in
            try JSONDecoder().decode(Entry.self, from: Data(line.utf8)).action
        }.filter { $0 != "audit.exported" }
    }
}
