package import GatewayCore
import GRDB
import Storage

/// Why a database cannot be used at all. A closed list; the text names no path, so that it may be shown to anybody.
package enum SQLiteStoreError: Explained, Sendable, Equatable {
    case missing
    case directoryMissing
    case directoryNotWritable
    case readOnly
    case notADatabase
    case notOurs
    case damaged
    case schemaTooNew
    case busy
    case unwritable
    /// A pragma that does not read back as required.
    case setting(String)
    /// The file system's name.
    case networkFileSystem(String)
    case sqliteVersion(String)
    /// The database file or one of its companions is not the one that was opened: `database`, `-wal` or `-shm`.
    case replaced(String)
    /// A file stands where a backup or a restored database should go.
    case occupied
    /// A process has the database open.
    case inUse

    package var explanation: Explanation {
        let (code, message, remedy) = words
        return Explanation(code: "database.\(code)", message: message, remedy: remedy)
    }

    /// One row for each case, so longer than other functions.
    private var words: (code: String, message: String, remedy: String) {
        switch self {
        case .missing:
            ("missing", "There is no database at the configured path.", "Check the path, or start the gateway first.")
        case .directoryMissing:
            ("directory_missing", "The database's directory does not exist.", "Create it, or correct the path.")
        case .directoryNotWritable:
            (
                "directory_not_writable", "The database's directory cannot be written to.",
                "Let the gateway's user write there: SQLite keeps its log beside the database."
            )
        case .readOnly:
            ("read_only", "The database is read-only.", "Make the file and its file system writable.")
        case .notADatabase:
            ("not_a_database", "The file is not an SQLite database.", "Check the path; the file was left as it is.")
        case .notOurs:
            (
                "not_ours", "The file is an SQLite database of another program.",
                "Check the path; the file was left as it is."
            )
        case .damaged:
            ("damaged", "The database is damaged.", "Stop the gateway and restore a backup.")
        case .schemaTooNew:
            (
                "schema_too_new", "The database was written by a newer version of this program.",
                "Run that version, or restore a backup made before the upgrade."
            )
        case .busy:
            ("busy", "Another program kept the database locked.", "Try again, or end that program.")
        case .unwritable:
            ("unwritable", "The database cannot be written.", "Look for a full disk or disk errors.")
        case .setting(let name):
            (
                "setting", "SQLite does not run with the required setting \(name).",
                "Use another build of the SQLite library, or correct the configuration."
            )
        case .networkFileSystem(let name):
            (
                "network_file_system", "The database lies on a network file system (\(name)).",
                "Move it to a local disk: locks and syncs over a network do not keep SQLite's promises."
            )
        case .sqliteVersion(let version):
            (
                "sqlite_version", "The SQLite library is version \(version), which is not safe to use.",
                "Install a newer release of SQLite."
            )
        case .occupied:
            ("occupied", "There is a file at that path already; it was left as it is.", "Choose another path.")
        case .inUse:
            (
                "in_use", "A process has the database open, perhaps latchkey serve.",
                "Stop every service that uses this database, then try again."
            )
        case .replaced(let name):
            (
                "replaced", "The \(name) file was deleted or replaced while the gateway ran.",
                "Stop the gateway, put the right files in place, and start it again."
            )
        }
    }

    /// What an error met while opening means.
    static func opening(_ error: any Error) -> SQLiteStoreError {
        if let known = error as? SQLiteStoreError { return known }
        guard let error = error as? DatabaseError else { return .unwritable }
        return switch error.resultCode {
        case .SQLITE_NOTADB: .notADatabase
        case .SQLITE_CORRUPT, .SQLITE_FORMAT, .SQLITE_SCHEMA: .damaged
        case .SQLITE_READONLY: .readOnly
        case .SQLITE_BUSY, .SQLITE_LOCKED: .busy
        case .SQLITE_CANTOPEN, .SQLITE_PERM: .directoryNotWritable
        default: .unwritable
        }
    }
}

extension StorageError {
    /// What an error met while running means to a caller. The one place where SQLite's codes are read.
    static func mapping(_ error: any Error) -> StorageError {
        if let known = error as? StorageError { return known }
        guard let error = error as? DatabaseError else { return .unwritable }
        return switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED: .busy
        case .SQLITE_CONSTRAINT: error.message == SQLiteSchema.notPrimary ? .keyNotPrimary : .conflict
        case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_FORMAT, .SQLITE_SCHEMA: .damaged
        default: .unwritable
        }
    }
}
