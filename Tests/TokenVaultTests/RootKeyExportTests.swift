import Foundation
import GatewayCore
import Testing

@testable import TokenVault

@Suite struct `Root key export` {
    private let directory: String
    private var key: RootKeySource { .file(directory + "/root.key") }
    private var export: String { directory + "/export.txt" }

    init() throws {
        directory = NSTemporaryDirectory() + "/export-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        _ = try RootKeyFile.create(at: directory + "/root.key")
    }

    private func passphrase(_ text: String, mode: Int = 0o600) throws -> Passphrase {
        let path = directory + "/passphrase-\(UUID().uuidString)"
        _ = FileManager.default.createFile(
            atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: mode])
        return try Passphrase(file: path)
    }

    private func restore(
        _ passphrase: Passphrase, to name: String = "back.key", expecting: [UInt8]? = nil
    ) throws -> RootKey {
        try RootKeyExport.restore(
            from: export, passphrase: passphrase, to: .file(directory + "/" + name), expecting: expecting)
    }

    @Test func `CR-28 what was exported comes back under its passphrase, and the file shows no key`() throws {
        let words = try passphrase("correct horse battery\n")
        try RootKeyExport.write(key, passphrase: words, to: export)
        let original = try #require(try key.candidates().first)
        #expect(try restore(try passphrase("correct horse battery")).checkValue == original.checkValue)
        let text = try String(contentsOfFile: export, encoding: .utf8)
        let secret = try String(contentsOfFile: directory + "/root.key", encoding: .utf8).split(separator: "\n")[1]
        #expect(!text.contains(secret) && text.hasPrefix("latchkey-root-key-export-1\nscrypt N=131072 r=8 p=1\n"))
        let mode = try FileManager.default.attributesOfItem(atPath: export)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        // Never over a file, and never in the place of a key.
        #expect(throws: RootKeyExportRefusal.alreadyExists) {
            try RootKeyExport.write(key, passphrase: words, to: export)
        }
        #expect(throws: RootKeyFileRefusal.alreadyExists) { try restore(words, to: "root.key") }
    }

    @Test func `CR-28 a wrong passphrase and a damaged file are one outcome`() throws {
        let words = try passphrase("correct horse battery")
        try RootKeyExport.write(key, passphrase: words, to: export)
        #expect(throws: RootKeyExportRefusal.doesNotOpen) { try restore(try passphrase("correct horse batterz")) }
        let good = Array(try Data(contentsOf: URL(fileURLWithPath: export)))
        let start = good.count - 100
        for offset in [53, 60, 118, 121, start, good.count - 2] {
            var bytes = good
            bytes[offset] = bytes[offset] == UInt8(ascii: "0") ? UInt8(ascii: "1") : UInt8(ascii: "0")
            try Data(bytes).write(to: URL(fileURLWithPath: export))
            #expect(throws: RootKeyExportRefusal.doesNotOpen, "octet \(offset)") { try restore(words) }
        }
        try Data(good.dropLast(7)).write(to: URL(fileURLWithPath: export))
        #expect(throws: RootKeyExportRefusal.doesNotOpen) { try restore(words) }
        try Data("a letter to my aunt".utf8).write(to: URL(fileURLWithPath: export))
        #expect(throws: RootKeyExportRefusal.notAnExport) { try restore(words) }
        #expect(!FileManager.default.fileExists(atPath: directory + "/back.key"))
    }

    @Test func `CR-28 a key that the database does not need is not put into place`() throws {
        let words = try passphrase("correct horse battery")
        try RootKeyExport.write(key, passphrase: words, to: export)
        let original = try #require(try key.candidates().first)
        #expect(throws: RootKeyExportRefusal.self) {
            try restore(words, expecting: [UInt8](repeating: 7, count: 16))
        }
        #expect(!FileManager.default.fileExists(atPath: directory + "/back.key"))
        #expect(try restore(words, expecting: original.checkValue).checkValue == original.checkValue)
    }

    @Test func `CR-28 a passphrase is long enough, and its file is nobody else's`() throws {
        #expect(throws: RootKeyExportRefusal.passphraseTooShort) { try passphrase("elevenchars\nmore and more") }
        #expect(throws: RootKeyExportRefusal.passphraseTooShort) { try passphrase("") }
        #expect(throws: RootKeyExportRefusal.passphraseUnreadable) {
            try passphrase("correct horse battery", mode: 0o644)
        }
        #expect(throws: RootKeyExportRefusal.passphraseUnreadable) {
            try Passphrase(file: directory)
        }
        let same = try passphrase("correct horse battery").equals(try passphrase("correct horse battery\r\n"))
        let other = try passphrase("correct horse battery").equals(try passphrase("correct horse batterz"))
        #expect(same && !other)
    }
}

@Suite struct `Secure heap` {
    @Test func `CR-31 keys lie in pages that are locked and left out of dumps`() throws {
        let state = try SecureHeap.start()
        let bytes = try SecureBytes.drawn()
        let address = UInt(bitPattern: unsafe bytes.bytes.baseAddress)
        let found = try Self.flags(of: address)
        let flags = try #require(found)
        #expect(flags.contains("dd"))
        #expect(flags.contains("lo") == (state == .locked))
    }

    @Test func `CR-35 description, mirror and encoder of a root key show only a tag`() throws {
        let rootKey = try World().rootKey
        let hex = String(repeating: "52", count: 32)
        for text in [
            "\(rootKey)", String(reflecting: rootKey), String(describing: Mirror(reflecting: rootKey).children),
        ] {
            #expect(!text.contains(hex) && !text.contains("82, 82"))
        }
        #expect("\(rootKey)" == "[root key]" && Mirror(reflecting: rootKey).children.isEmpty)
        #expect(!(rootKey is any Encodable))
        var dumped = ""
        dump(rootKey, to: &dumped)
        #expect(dumped.contains("[root key]") && !dumped.contains("82"))
    }

    /// The flags that the kernel keeps for the mapping around the address.
    private static func flags(of address: UInt) throws -> Set<Substring>? {
        var isThere = false
        let file = try FileHandle(forReadingFrom: URL(filePath: "/proc/self/smaps"))
        let smaps = String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
        for line in smaps.split(separator: "\n") {
            if let dash = line.firstIndex(of: "-"), let start = UInt(line[..<dash], radix: 16),
                let end = UInt(line[line.index(after: dash)...].prefix { $0.isHexDigit }, radix: 16)
            {
                isThere = (start..<end).contains(address)
            } else if isThere, line.hasPrefix("VmFlags:") {
                return Set(line.split(separator: " ").dropFirst())
            }
        }
        return nil
    }
}
