import Foundation
import GatewayApp
import TokenVault

/// A directory of its own for one test, removed with it, and an installation in it.
final class Scratch: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "/latchkey-test-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    @discardableResult
    func write(_ name: String, _ text: String, mode: Int = 0o600) throws -> String {
        let file = path + "/" + name
        try Data(text.utf8).write(to: URL(filePath: file))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
        return file
    }

    func text(_ name: String) -> String {
        FileManager.default.contents(atPath: path + "/" + name).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path + "/" + name) }

    /// Settings with which everything is well, the root key included.
    func goodEnvironment(port: Int = 8080, makesRootKey: Bool = true) throws -> [String: String] {
        try SecureHeap.start()
        let rootKey = path + "/root.key"
        if makesRootKey, !FileManager.default.fileExists(atPath: rootKey) { try NewRootKey.make(at: rootKey) }
        return [
            "LATCHKEY_HTTP_PORT": "\(port)", "LATCHKEY_ROOT_KEY_FILE": rootKey,
            "LATCHKEY_DATABASE_URL": "sqlite:\(path)/latchkey.sqlite", "LATCHKEY_ZENDESK_CLIENT_ID": "zdg-test",
            "LATCHKEY_ZENDESK_CLIENT_SECRET_FILE": try write("client.secret", "0123456789abcdef\n"),
            "LATCHKEY_TEMPLATES": Self.templates,
        ]
    }

    static let templates =
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path(percentEncoded: false) + "templates"
}

/// The settings of an environment, or the problems with them.
func settings(_ environment: [String: String], file: String? = nil) throws -> Settings {
    try Settings(reading: SettingsSource(environment: environment, file: file))
}

/// Every problem of the good environment with these changes; empty text means unset.
func problems(_ changes: [String: String], in scratch: Scratch, file: String? = nil) throws -> [SettingProblem] {
    let environment = try scratch.goodEnvironment().merging(changes) { _, new in new }.filter { !$0.value.isEmpty }
    do {
        _ = try settings(environment, file: file)
        return []
    } catch let error as SettingsError {
        return error.problems
    }
}
