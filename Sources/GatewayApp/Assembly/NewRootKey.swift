import FoundationEssentials
import TokenVault

/// The first step of an installation.
package enum NewRootKey {
    /// Makes a root key file where none is, and its directory if only that one level is missing: a longer path that does
    /// not exist is more likely mistyped than meant. Throws `RootKeyFileRefusal`.
    package static func make(at path: String) throws {
        _ = try make(in: .file(path))
    }

    /// The same in whichever place; throws `RootKeyTokenRefusal`, too.
    static func make(in source: RootKeySource) throws -> RootKey {
        if let path = source.path { try prepareDirectory(of: path) }
        return try source.create()
    }

    static func prepareDirectory(of path: String) throws(RootKeyFileRefusal) {
        if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            try makeDirectory(String(path[..<slash]))
        }
    }

    private static func makeDirectory(_ directory: String) throws(RootKeyFileRefusal) {
        guard !FileManager.default.fileExists(atPath: directory) else { return }
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        } catch {
            throw .directoryMissing
        }
    }
}
