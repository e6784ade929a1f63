import GatewayCore
#if canImport(Glibc)
    import Glibc
#endif

/// Who may read our files, and how much room is left for them.
struct FilesExamination {
    static let little: UInt64 = 1 << 30
    static let tooLittle: UInt64 = 64 << 20

    let source: SettingsSource

    func permissions() -> Examination {
        let part = ExaminedPart.permissions
        let open = privateFiles.filter { Self.isOpenToOthers($0) }
        guard open.isEmpty else {
            return part.warn(
                "Others than the gateway's user may read or change: \(open.map(LogText.escaped).joined(separator: ", ")).",
                "Run chmod 600 on them. A secret that others could read should be replaced.")
        }
        return part.pass("Client secret and database belong to the gateway's user alone.")
    }

    func disk() -> Examination {
        let part = ExaminedPart.disk
        guard let path = databasePath else { return part.skipped(because: .settings) }
        let directory = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        guard let free = Self.freeBytes(directory) else {
            return part.fail("The directory of the database cannot be looked at.", "Check path and permissions.")
        }
        let words = "\(free / (1 << 20)) MiB are free where the database is."
        let remedy = "Make room: a full disk stops every renewal of a token."
        if free < Self.tooLittle { return part.fail("Only \(words)", remedy) }
        return free < Self.little ? part.warn("Only \(words)", remedy) : part.pass(words)
    }

    private var databasePath: String? { source.part { DatabaseSettings(reading: &$0) }?.path }

    private var privateFiles: [String] {
        let database = databasePath.map { path in ["", "-wal", "-shm"].map { path + $0 } } ?? []
        return [source.text(.zendeskClientSecretFile), source.text(.httpTLSKey), source.text(.webhookSecretFile)]
            .compactMap { $0 } + database
    }

    /// False for what is not there: another part tells that.
    private static func isOpenToOthers(_ path: String) -> Bool {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return false }
        return status.st_mode & 0o077 != 0
    }

    /// Nothing for what is not there.
    static func size(of path: String) -> Int64 {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? Int64(status.st_size) : 0
    }

    private static func freeBytes(_ directory: String) -> UInt64? {
        var status = statvfs()
        guard unsafe statvfs(directory, &status) == 0 else { return nil }
        return UInt64(status.f_bavail) * UInt64(status.f_frsize)
    }
}
