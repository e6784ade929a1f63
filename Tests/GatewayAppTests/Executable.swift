import Foundation
import GatewayApp
import Testing

/// A built program, run as users run it.
struct Executable: Sendable {
    let name: String
    /// Nil for our own programs.
    var directory: String?

    static let latchkey = Executable(name: "latchkey")
    static let demo = Executable(name: "latchkey-demo")
    /// What the system has; the verifier of archives needs no more.
    static let python = Executable(name: "/usr/bin/python3")

    struct Outcome: Sendable {
        let status: Int32
        let output: String
        let errors: String

        var lastLine: String { output.split(separator: "\n").last.map(String.init) ?? "" }
    }

    /// Beside the test bundle, where the build puts everything.
    private var url: URL {
        guard !name.hasPrefix("/") else { return URL(filePath: name) }
        if let directory { return URL(filePath: directory).appending(path: name) }
        let bundle = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(filePath: bundle).deletingLastPathComponent().appending(path: name)
    }

    /// Runs to the end. Output goes through files: a full pipe would stop the program for ever.
    func run(
        _ arguments: [String], environment: [String: String] = [:], input: String = "", in scratch: Scratch
    ) async throws -> Outcome {
        let mark = UUID().uuidString
        let inputFile = try scratch.write("in-\(mark)", input)
        let process = try start(
            arguments, environment: environment, input: inputFile, files: ("out-\(mark)", "err-\(mark)"), in: scratch)
        let status = await process.status()
        return Outcome(status: status, output: scratch.text("out-\(mark)"), errors: scratch.text("err-\(mark)"))
    }

    func start(
        _ arguments: [String], environment: [String: String], input: String = "/dev/null",
        files: (output: String, errors: String), in scratch: Scratch
    ) throws -> RunningProgram {
        let process = Process()
        process.executableURL = url
        process.arguments = arguments
        // A backtrace of a killed program takes seconds and proves nothing here.
        process.environment = environment.merging(["SWIFT_BACKTRACE": "enable=no", "PATH": "/usr/bin:/bin"]) { old, _ in
            old
        }
        process.currentDirectoryURL = URL(filePath: scratch.path)
        let files = [
            try FileHandle(forReadingFrom: URL(filePath: input)),
            try FileHandle(forWritingTo: URL(filePath: scratch.write(files.output, ""))),
            try FileHandle(forWritingTo: URL(filePath: scratch.write(files.errors, ""))),
        ]
        // The program has its own by then. With more than a thousand open files Foundation crashes when it starts one.
        defer { for file in files { try? file.close() } }
        process.standardInput = files[0]
        process.standardOutput = files[1]
        process.standardError = files[2]
        return try RunningProgram(process)
    }
}

/// A program that was started; ended for certain when the test lets go of it.
final class RunningProgram: Sendable {
    let identifier: Int32
    private let ended: AsyncStream<Int32>

    init(_ process: Process) throws {
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
        process.terminationHandler = { process in
            continuation.yield(process.terminationStatus)
            continuation.finish()
        }
        try process.run()
        identifier = process.processIdentifier
        ended = stream
    }

    deinit { kill(identifier, SIGKILL) }

    func signal(_ number: Int32) { kill(identifier, number) }

    /// The exit status, or the number of the signal that ended it.
    func status() async -> Int32 {
        for await status in ended { return status }
        return -1
    }
}

/// Looks again and again until it is so, or fails after a time no healthy machine needs.
func eventually(
    within limit: Duration = .seconds(120), _ what: Comment, _ isSo: () async throws -> Bool
) async throws {
    let clock = ContinuousClock()
    let end = clock.now + limit
    while clock.now < end {
        if try await isSo() { return }
        try await clock.sleep(for: .milliseconds(20))
    }
    Issue.record(what)
}
