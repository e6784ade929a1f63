import Foundation

/// From the start of the optimised program to its readiness, and what it holds in memory at rest.
struct StartBenchmark {
    private static let rounds = 7

    let program: String

    func run() async throws {
        var ready: [Duration] = []
        var memory: [Double] = []
        for _ in 0..<Self.rounds {
            let installation = try Installation(program: program)
            let (time, kilobytes) = try await installation.startAndStop()
            ready.append(time)
            memory.append(Double(kilobytes))
            installation.remove()
        }
        let times = Times(ready)
        print("The program itself, \(Self.rounds) starts with an empty database")
        print("  start to ready: median \((times.median / 1000).short) ms, slowest \((times.at(1) / 1000).short) ms")
        print("  resident memory at rest: median \((memory.sorted()[Self.rounds / 2] / 1024).short) MiB\n")
    }
}

/// A directory with a root key, a client secret and settings.
private struct Installation {
    let program: String
    let directory: URL

    init(program: String) throws {
        self.program = program
        directory = URL.temporaryDirectory.appendingPathComponent("latchkey-start-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: directory, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        let secret = directory.appendingPathComponent("secret")
        try Data("a-client-secret\n".utf8).write(to: secret)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: secret.path)
        let keys = try launch(["keys", "init"])
        keys.waitUntilExit()
        guard keys.terminationStatus == 0 else { throw BenchmarkFailure("keys init failed") }
    }

    func startAndStop() async throws -> (Duration, Int) {
        let clock = ContinuousClock()
        let begun = clock.now
        let process = try launch(["serve"])
        while await !isReady() {
            guard process.isRunning, clock.now - begun < .seconds(20) else {
                process.terminate()
                throw BenchmarkFailure("serve did not become ready")
            }
            usleep(500)
        }
        let time = clock.now - begun
        // At rest means after the first requests' work is done, which the next line of /proc tells by standing still.
        var kilobytes = residentKilobytes(process)
        repeat {
            usleep(200_000)
            let now = residentKilobytes(process)
            if now == kilobytes { break }
            kilobytes = now
        } while clock.now - begun < .seconds(10)
        process.terminate()
        process.waitUntilExit()
        return (time, kilobytes)
    }

    func remove() { try? FileManager.default.removeItem(at: directory) }

    private func launch(_ arguments: [String]) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
        process.environment = [
            "PATH": "/usr/bin:/bin", "LATCHKEY_HTTP_PORT": "18080", "LATCHKEY_PUBLIC_URL": "http://localhost:18080",
            "LATCHKEY_DATABASE_URL": "sqlite:\(directory.path)/latchkey.sqlite",
            "LATCHKEY_ROOT_KEY_FILE": "\(directory.path)/root.key", "LATCHKEY_ZENDESK_CLIENT_ID": "bench",
            "LATCHKEY_ZENDESK_CLIENT_SECRET_FILE": "\(directory.path)/secret",
        ]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process
    }

    private func isReady() async -> Bool {
        let answer = try? await BenchVisitor(port: 18080).get("/readyz")
        return answer?.text.contains("\"ready\":true") ?? false
    }

    private func residentKilobytes(_ process: Process) -> Int {
        let status = (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return line.flatMap { Int($0.split(separator: " ").dropLast().last ?? "") } ?? 0
    }
}
