import Gateway
package import GatewayCore
import Storage
import StorageSQLite
import TokenVault

/// A command that did not do what it was asked, with the words and the exit status for it.
package struct CommandFailure: Explained {
    package let status: ExitStatus
    package let explanation: Explanation
    package let problems: [SettingProblem]

    init(_ status: ExitStatus, code: String, _ message: String, remedy: String? = nil) {
        self.status = status
        explanation = Explanation(code: code, message: message, remedy: remedy)
        problems = []
    }

    /// Any error, in words. What does not explain itself is named by its type only.
    package init(_ error: any Error) {
        problems = (error as? SettingsError)?.problems ?? []
        status = Self.status(of: error)
        explanation =
            switch error {
            case let error as StorageError: Self.words(for: error)
            case let error as any Explained: error.explanation
            default:
                Explanation(
                    code: "unexpected", message: "Something unexpected happened: \(ErrorName.of(error)).",
                    remedy: "Try again; if it stays, report it with this line.")
            }
    }

    private static func status(of error: any Error) -> ExitStatus {
        switch error {
        case let failure as CommandFailure: failure.status
        case is SettingsError: .settings
        case is SQLiteStoreError, is StorageError, is KeyringError, is SecureHeapError, is ListenFailure: .couldNotRun
        case is RootKeyFileRefusal, is RootKeyTokenRefusal, is RootKeyMismatch: .couldNotRun
        case is RootKeyTargetRefusal: .usage
        case is any Explained: .refused
        default: .couldNotRun
        }
    }

    private static func words(for error: StorageError) -> Explanation {
        switch error {
        case .busy:
            Explanation(
                code: "database.busy", message: "Another program kept the database locked.",
                remedy: "Try again, or end that program.")
        case .conflict:
            Explanation(
                code: "database.conflict", message: "Something else changed the same thing at the same time.",
                remedy: "Look at it again and repeat the command.")
        case .keyNotPrimary:
            Explanation(
                code: "database.key_not_primary", message: "The data keys were rotated at this very moment.",
                remedy: "Repeat the command.")
        case .unwritable:
            Explanation(
                code: "database.unwritable", message: "The database cannot be written.",
                remedy: "Look for a full disk, missing permissions or disk errors.")
        case .damaged:
            Explanation(
                code: "database.damaged", message: "The database is damaged.",
                remedy: "Stop the gateway and restore a backup.")
        case .schemaTooNew:
            Explanation(
                code: "database.schema_too_new",
                message: "The database was written by a newer version of this program.",
                remedy: "Run that version.")
        case .unknownCursor:
            Explanation(code: "database.unknown_cursor", message: "The page asked for does not exist.", remedy: nil)
        }
    }
}
