import FoundationEssentials
import GatewayApp
import Glibc

/// Where root key, database and client secret of the demo lie.
struct DemoDirectory {
    let path: String
    let isTemporary: Bool

    var rootKeyFile: String { path + "/root.key" }
    var database: String { path + "/latchkey.sqlite" }
    var clientSecretFile: String { path + "/client.secret" }

    /// Makes what is missing; a directory that was used before keeps its root key.
    init(kept: String?) throws {
        if let kept {
            path = kept.hasSuffix("/") && kept.count > 1 ? String(kept.dropLast()) : kept
            isTemporary = false
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } else {
            path = try Self.temporary()
            isTemporary = true
        }
        if !FileManager.default.fileExists(atPath: rootKeyFile) { try NewRootKey.make(at: rootKeyFile) }
        if !FileManager.default.fileExists(atPath: clientSecretFile) {
            try Data((Self.randomText() + "\n").utf8).write(to: URL(filePath: clientSecretFile))
        }
    }

    /// What both sides know; read from the file so that a kept directory keeps it.
    func clientSecret() throws -> String {
        let text = String(decoding: try Data(contentsOf: URL(filePath: clientSecretFile)), as: UTF8.self)
        return text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
    }

    func removeIfTemporary() {
        if isTemporary { try? FileManager.default.removeItem(atPath: path) }
    }

    private static func temporary() throws -> String {
        let parent = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
        var template = Array("\(parent)/latchkey-demo-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw NoDirectory(parent: parent) }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func randomText() -> String {
        (0..<64).map { _ in String(Int.random(in: 0..<16), radix: 16) }.joined()
    }
}
