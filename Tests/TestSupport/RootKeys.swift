import Foundation
package import TokenVault

/// Root keys, each drawn into a file as an operator would and read by nobody else.
package enum RootKeys {
    package static func draw() throws -> RootKey {
        let directory = URL.temporaryDirectory.appendingPathComponent("latchkey-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: directory, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(at: directory) }
        try SecureHeap.start()
        return try RootKeyFile.create(at: directory.appendingPathComponent("root.key").path)
    }
}
