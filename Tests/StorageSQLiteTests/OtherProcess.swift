import Foundation

/// The program `store-crash-writer`, which the build puts beside this one.
struct OtherProcess {
    private let process = Process()
    private let output: String

    /// Runs as nobody when asked and possible: root may write to everything. `prefix` is a command that runs a command.
    init(
        _ mode: String, in place: Workplace, unprivileged: Bool = false, prefix: [String] = [],
        environment: [String: String] = [:]
    ) throws {
        output = place.directory + "/said-\(UUID().uuidString)"
        try Data().write(to: URL(filePath: output))
        let program = try Self.directory.appending(path: "store-crash-writer").path
        let command = (unprivileged && geteuid() == 0 ? Self.asNobody : prefix) + [program, mode, place.path]
        process.executableURL = URL(filePath: command[0])
        process.arguments = Array(command.dropFirst())
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardOutput = try FileHandle(forWritingTo: URL(filePath: output))
        try process.run()
    }

    /// Every whole line said so far.
    func said() throws -> [String] {
        let text = try String(contentsOfFile: output, encoding: .utf8)
        return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }

    func kill() -> Int32 {
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        return process.terminationStatus
    }

    func waitUntilExit() { process.waitUntilExit() }

    static var canRunUnprivileged: Bool { geteuid() != 0 || FileManager.default.fileExists(atPath: asNobody[0]) }

    static let namespaces = ["/usr/bin/unshare", "--pid", "--fork", "--"]

    /// Tried, for a container may forbid it even to root.
    static let canMakeNamespaces: Bool = {
        let process = Process()
        process.executableURL = URL(filePath: namespaces[0])
        process.arguments = Array(namespaces.dropFirst()) + ["true"]
        process.standardError = FileHandle.nullDevice
        guard geteuid() == 0, (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    private static let asNobody = ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]

    private static var directory: URL {
        get throws {
            let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            return URL(filePath: program).deletingLastPathComponent()
        }
    }
}
