import Foundation
import GatewayCore
import Testing

@testable import TokenVault

@Suite struct `Root key file` {
    /// A private directory, removed at the end.
    private final class Place {
        let directory: String
        var path: String { directory + "/root.key" }

        init() throws {
            directory = NSTemporaryDirectory() + "/root-key-\(UUID().uuidString)"
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        }

        func write(_ text: String, mode: mode_t = 0o600) {
            write(Array(text.utf8), mode: mode)
        }

        func write(_ bytes: [UInt8], mode: mode_t = 0o600) {
            _ = FileManager.default.createFile(atPath: path, contents: Data(bytes))
            #expect(unsafe chmod(path, mode) == 0)
        }

        deinit {
            _ = unsafe chmod(directory, 0o700)
            try? FileManager.default.removeItem(atPath: directory)
        }
    }

    private func refusal(_ path: String) -> RootKeyFileRefusal? {
        do throws(RootKeyFileRefusal) {
            _ = try RootKeyFile.load(from: path)
            return nil
        } catch { return error }
    }

    private let header = "latchkey-root-key-1\n"

    @Test func `CR-26 a created file loads, holds the same key and has mode 0600`() throws {
        let place = try Place()
        let created = try RootKeyFile.create(at: place.path)
        let loaded = try RootKeyFile.load(from: place.path)
        #expect(created.checkValue == loaded.checkValue)
        var status = stat()
        #expect(unsafe stat(place.path, &status) == 0 && status.st_mode & 0o7777 == 0o600)
        let lines = try String(contentsOfFile: place.path, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 3 && lines[0] == "latchkey-root-key-1" && lines[1].count == 64)
        #expect(lines[2] == hex(loaded.checkValue))
    }

    @Test func `CR-26 an existing file is never overwritten, nor is what a link points to`() throws {
        let place = try Place()
        place.write("precious")
        #expect(throws: RootKeyFileRefusal.alreadyExists) { try RootKeyFile.create(at: place.path) }
        let link = place.directory + "/link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: place.directory + "/nowhere")
        #expect(throws: RootKeyFileRefusal.alreadyExists) { try RootKeyFile.create(at: link) }
        #expect(try String(contentsOfFile: place.path, encoding: .utf8) == "precious")
    }

    @Test func `KEY-21 a root key file whose key was replaced is overwritten, whatever else still names it`() throws {
        let place = try Place()
        _ = try RootKeyFile.create(at: place.path)
        let copy = place.directory + "/copy"
        try FileManager.default.linkItem(atPath: place.path, toPath: copy)
        let source = RootKeySource.file(place.path)
        let new = try source.prepare()
        try source.settle(on: new.checkValue, former: nil)
        #expect(try RootKeyFile.load(from: place.path).checkValue == new.checkValue)
        let left = try String(contentsOfFile: copy, encoding: .utf8)
        #expect(!left.isEmpty && left.allSatisfy { $0 == "0" })
    }

    @Test(arguments: [0o644, 0o640, 0o660, 0o604, 0o700, 0o4600, 0o200] as [mode_t])
    func `CR-26 a file of any other mode than 0600 and 0400 is refused`(mode: mode_t) throws {
        let place = try Place()
        _ = try RootKeyFile.create(at: place.path)
        #expect(unsafe chmod(place.path, 0o400) == 0)
        #expect(refusal(place.path) == nil)
        #expect(unsafe chmod(place.path, mode) == 0)
        #expect(refusal(place.path) == .openToOthers(mode: UInt32(mode)) || geteuid() != 0)
    }

    @Test func `CR-26 a symbolic link, a directory, a pipe and a missing file are refused`() throws {
        let place = try Place()
        #expect(refusal(place.path) == .missing)
        #expect(refusal(place.directory + "/no/such") == .directoryMissing)
        _ = try RootKeyFile.create(at: place.path)
        let link = place.directory + "/link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: place.path)
        #expect(refusal(link) == .symbolicLink)
        #expect(unsafe mkdir(place.directory + "/folder", 0o700) == 0)
        #expect(refusal(place.directory + "/folder") == .notRegular)
        #expect(unsafe mkfifo(place.directory + "/pipe", 0o600) == 0)
        #expect(refusal(place.directory + "/pipe") == .notRegular)
        #expect(refusal("/dev/null") == .notRegular)
    }

    @Test(.enabled(if: geteuid() == 0, "SKIPPED: only root can give a file away"))
    func `CR-26 a file or a directory of another user is refused`() throws {
        let place = try Place()
        _ = try RootKeyFile.create(at: place.path)
        #expect(unsafe chown(place.path, 65_534, 65_534) == 0)
        #expect(refusal(place.path) == .wrongOwner)
        #expect(unsafe chown(place.directory, 65_534, 65_534) == 0)
        #expect(refusal(place.path) == .directoryOfAnotherUser)
    }

    @Test(arguments: [0o770, 0o707, 0o1777, 0o730] as [mode_t])
    func `CR-26 a directory that others can write is refused, for reading and for creating`(mode: mode_t) throws {
        let place = try Place()
        _ = try RootKeyFile.create(at: place.path)
        #expect(unsafe chmod(place.directory, mode) == 0)
        #expect(refusal(place.path) == .directoryWritableByOthers)
        #expect(throws: RootKeyFileRefusal.directoryWritableByOthers) {
            try RootKeyFile.create(at: place.directory + "/second")
        }
    }

    @Test(arguments: [0o750, 0o740, 0o705, 0o755] as [mode_t])
    func `CR-26 a directory that others can look into is refused, for reading and for creating`(mode: mode_t) throws {
        let place = try Place()
        _ = try RootKeyFile.create(at: place.path)
        #expect(unsafe chmod(place.directory, mode) == 0)
        #expect(refusal(place.path) == .directoryReadableByOthers)
        #expect(throws: RootKeyFileRefusal.directoryReadableByOthers) {
            try RootKeyFile.create(at: place.directory + "/second")
        }
        #expect(RootKeyFileRefusal.directoryReadableByOthers.explanation.remedy?.contains("chmod 0700") == true)
        // Through which others may pass, but not look.
        #expect(unsafe chmod(place.directory, 0o711) == 0)
        #expect(refusal(place.path) == nil)
    }

    @Test func `CR-26 damaged content is named, and none of it is repeated`() throws {
        let place = try Place()
        _ = try RootKeyFile.create(at: place.path)
        let good = try String(contentsOfFile: place.path, encoding: .utf8)
        let lines = good.split(separator: "\n").map(String.init)
        let key = lines[1], check = lines[2]
        let other = key.hasPrefix("0") ? "1" : "0"
        let zeros = String(repeating: "0", count: 64)
        let cases: [(String, RootKeyFileRefusal)] = [
            ("", .empty), ("hunter2\n", .notARootKeyFile), (key, .notARootKeyFile),
            ("latchkey-root-key-2\n\(key)\n\(check)\n", .unsupportedVersion),
            (header + key.dropLast(2) + "\n\(check)\n", .wrongLength), (header + key + "00\n\(check)\n", .wrongLength),
            (header + key + "\n", .wrongLength), (good + "\n", .wrongLength), (header + key, .wrongLength),
            (header + key.uppercased() + "g\n\(check)\n", .notARootKeyFile),
            (header + "zz" + key.dropFirst(2) + "\n\(check)\n", .notARootKeyFile),
            (header + zeros + "\n\(check)\n", .allZeros), (header + other + key.dropFirst() + "\n\(check)\n", .damaged),
            (header + key + "\n" + String(check.reversed()) + "x\n", .wrongLength),
            (header + key + "\n" + String(repeating: "0", count: 32) + "\n", .damaged),
        ]
        for (text, expected) in cases {
            place.write(text)
            #expect(refusal(place.path) == expected)
            let told = "\(expected.explanation)"
            #expect(!told.contains(key) && !told.contains("hunter2") && expected.explanation.remedy != nil)
        }
        place.write(good)
        #expect(refusal(place.path) == nil)
    }

    @Test(arguments: [31, 32, 33])
    func `CR-26 a file of raw octets is refused`(count: Int) throws {
        let place = try Place()
        place.write(SystemRandomSource().bytes(count))
        #expect(refusal(place.path) == .notARootKeyFile)
    }

    @Test func `CR-26 every single octet of the file matters`() throws {
        let place = try Place()
        _ = try RootKeyFile.create(at: place.path)
        let good = Array(try Data(contentsOf: URL(fileURLWithPath: place.path)))
        for offset in good.indices {
            var bytes = good
            bytes[offset] ^= 1
            place.write(bytes)
            #expect(refusal(place.path) != nil, "octet \(offset)")
            place.write(Array(good[..<offset]))
            #expect(refusal(place.path) != nil, "cut at \(offset)")
        }
    }
}
