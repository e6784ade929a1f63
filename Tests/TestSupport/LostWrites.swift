import Foundation

/// A disk that forgets what was not synced, for processes that run with `environment`; see `Scripts/lost_writes.c`.
package struct LostWrites: Sendable {
    struct NoCompiler: Error, CustomStringConvertible {
        let description = "No C compiler (cc, gcc or clang) made the disk that forgets; run: sh scripts/prepare.sh test"
    }

    private let folder: String
    private let shim: String

    package init(in directory: String) throws {
        folder = directory + "/durable"
        shim = directory + "/lost_writes.so"
        let source = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Scripts/lost_writes.c").path(percentEncoded: false)
        let compiler = ["/usr/bin/cc", "/usr/bin/gcc", "/usr/bin/clang"].first {
            FileManager.default.isExecutableFile(atPath: $0)
        }
        guard let compiler else { throw NoCompiler() }
        let process = Process()
        process.executableURL = URL(filePath: compiler)
        process.arguments = ["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", shim, source, "-ldl", "-lpthread"]
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw NoCompiler() }
    }

    package var environment: [String: String] { ["LD_PRELOAD": shim, "LATCHKEY_DURABLE": folder] }

    /// What lies in these directories now has been on the disk for long.
    package func adopt(_ directories: [String]) throws {
        try? FileManager.default.removeItem(atPath: folder)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        for directory in directories {
            var names = ""
            for name in try FileManager.default.contentsOfDirectory(atPath: directory) {
                let path = directory + "/" + name
                guard
                    try FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType == .typeRegular
                else { continue }
                let number = try inode(of: path)
                try FileManager.default.copyItem(atPath: path, toPath: folder + "/\(number)")
                names += "\(number) \(name)\n"
            }
            try Data(names.utf8).write(to: URL(filePath: folder + "/names-\(try inode(of: directory))"))
        }
    }

    /// What a directory holds after a power cut: every name that was synced, with the content of its last sync. If `isTorn`,
    /// a sector that was written since may have reached the disk or not, each by itself.
    package func cutPower(_ directory: String, to target: String, isTorn: Bool) throws {
        try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: false)
        let names = folder + "/names-\(try inode(of: directory))"
        for line in try String(contentsOfFile: names, encoding: .utf8).split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 1)
            // A name whose content was never synced means an empty file.
            var content = FileManager.default.contents(atPath: folder + "/\(words[0])") ?? Data()
            let path = directory + "/" + words[1]
            if isTorn, (try? inode(of: path)) == UInt64(words[0]),
                let later = FileManager.default.contents(atPath: path)
            {
                content = Self.torn(content, later)
            }
            let file = target + "/" + words[1]
            try content.write(to: URL(filePath: file))
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
        }
    }

    private func inode(of path: String) throws -> UInt64 {
        let number = try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? NSNumber
        guard let number else { throw CocoaError(.fileReadUnknown) }
        return number.uint64Value
    }

    private static let sector = 512

    private static func torn(_ synced: Data, _ later: Data) -> Data {
        // A length that was synced stays, unless the file was cut since.
        let lengths = [synced.count, later.count].sorted()
        let length = Int.random(in: lengths[0]...lengths[1])
        var mixed = Data(count: length)
        for start in stride(from: 0, to: length, by: sector) {
            let source = Bool.random() ? synced : later
            let end = min(start + sector, length, source.count)
            if start < end { mixed.replaceSubrange(start..<end, with: source[start..<end]) }
        }
        return mixed
    }
}
