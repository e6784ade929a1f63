import FoundationEssentials

/// Which database.
package struct DatabaseSettings: Sendable {
    package let path: String
    /// Where renewed tokens wait that the database did not take. Best on another disk than the database.
    package let spillDirectory: String

    /// Locked by whoever replaces the root key that this database is wrapped by.
    package var rootKeyLock: String { path + ".root-key-lock" }

    init?(reading source: inout SettingsSource) {
        guard let text = Self.text(&source) else { return nil }
        guard let path = Self.path(in: text, &source) else { return nil }
        guard let spill = Self.spillDirectory(beside: path, &source) else { return nil }
        self.path = path
        spillDirectory = spill
    }

    private static func spillDirectory(beside path: String, _ source: inout SettingsSource) -> String? {
        guard let directory = source.text(.spillDirectory) else {
            return path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        }
        var isDirectory = false
        guard FileManager.default.fileExists(atPath: directory, isDirectory: &isDirectory), isDirectory,
            FileManager.default.isWritableFile(atPath: directory)
        else {
            source.refuse(.spillDirectory, "This must be a directory that the gateway can write to.")
            return nil
        }
        return directory
    }

    /// The URL may carry a password one day, so it can stand in a file.
    private static func text(_ source: inout SettingsSource) -> String? {
        guard let file = source.text(.databaseURLFile) else {
            return source.text(.databaseURL) ?? "sqlite:var/latchkey.sqlite"
        }
        guard source.text(.databaseURL) == nil else {
            source.refuse(.databaseURLFile, "LATCHKEY_DATABASE_URL is set as well. Keep one of them.")
            return nil
        }
        guard let data = FileManager.default.contents(atPath: file),
            let line = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline).first
        else {
            source.refuse(.databaseURLFile, "The file cannot be read or is empty. Check path and permissions.")
            return nil
        }
        return String(line)
    }

    private static func path(in text: String, _ source: inout SettingsSource) -> String? {
        if text.hasPrefix("postgresql:") || text.hasPrefix("postgres:") {
            source.refuse(.databaseURL, "PostgreSQL is not supported by this version. Use sqlite: and a path.")
            return nil
        }
        let path = text.dropFirst("sqlite:".count)
        guard text.hasPrefix("sqlite:"), !path.isEmpty, !path.hasPrefix(":"), !path.hasSuffix("/") else {
            source.refuse(.databaseURL, "This must be sqlite: and the path of a file, like sqlite:var/latchkey.sqlite.")
            return nil
        }
        // sqlite:///srv/latchkey.sqlite, as others write it, means the path behind two of the slashes.
        return path.hasPrefix("//") ? String(path.dropFirst(2)) : String(path)
    }
}
