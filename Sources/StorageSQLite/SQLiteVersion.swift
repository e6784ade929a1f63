import GRDB

/// Which releases of the SQLite library we run on (ST-25).
enum SQLiteVersion {
    /// STRICT tables came with 3.37.0; 3.37.2 repaired a corruption that 3.35.0 brought.
    static let oldest = [3, 37, 2]
    /// Withdrawn by its authors a week after its release.
    static let withdrawn = [[3, 52, 0]]

    static func check() throws(SQLiteStoreError) {
        let version: String
        do {
            version = try DatabaseQueue().read { try String.fetchOne($0, sql: "SELECT sqlite_version()") } ?? ""
        } catch {
            throw SQLiteStoreError.opening(error)
        }
        guard isGood(version) else { throw .sqliteVersion(version) }
    }

    static func isGood(_ version: String) -> Bool {
        let numbers = version.split(separator: ".").compactMap { Int($0) }
        return !numbers.lexicographicallyPrecedes(oldest) && !withdrawn.contains(numbers)
    }
}
