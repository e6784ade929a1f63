import Foundation
import Testing

@testable import store_crash_writer

@Suite struct `Two processes that go on from one memory` {
    @Test func `CR-21 after a fork no salt and no nonce is used in both`() throws {
        try withTwins(prefix: []) { said in #expect(Set(said.prefix(2).compactMap(Self.number)).count == 2) }
    }

    @Test(
        .enabled(
            if: OtherProcess.canMakeNamespaces,
            "!!! SKIPPED: process namespaces need root. Nothing was shown of two processes restored from one snapshot.")
    )
    func `CR-21 nor when both have the same process number, as two that were restored from one snapshot`() throws {
        try withTwins(prefix: OtherProcess.namespaces) { said in
            #expect(Set(said.prefix(2).compactMap(Self.number)) == ["1"], "nothing in their memory tells them apart")
        }
    }

    private func withTwins(prefix: [String], _ look: ([String]) -> Void) throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "latchkey-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: directory) }
        let place = Workplace(directory: directory.path)
        let process = try OtherProcess("twins", in: place, prefix: prefix)
        process.waitUntilExit()
        let said = try process.said()
        #expect(said.last == "done", "\(said)")
        look(said)
        let twins = try ["parent", "child"].map { try Data(contentsOf: URL(filePath: place.path + ".\($0)")) }
        let count = TwinProcesses.count
        #expect(twins.map(\.count) == [count * 44, count * 44])
        for (start, length, what) in [(0, 32, "salts"), (32, 12, "nonces")] {
            var seen: Set<Data> = []
            for twin in twins {
                for record in 0..<count {
                    seen.insert(twin[record * 44 + start..<record * 44 + start + length])
                }
            }
            #expect(seen.count == 2 * count, "\(what) in common: \(2 * count - seen.count)")
        }
    }

    private static func number(_ line: String) -> Substring? { line.split(separator: " ").dropFirst().first }
}
