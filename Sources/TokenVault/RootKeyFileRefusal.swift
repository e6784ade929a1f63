package import GatewayCore

/// Why a root key file was not read or written. Never holds anything of its content.
package enum RootKeyFileRefusal: Explained, Equatable {
    case missing
    case alreadyExists
    case symbolicLink
    case notRegular
    case openToOthers(mode: UInt32)
    case wrongOwner
    case directoryMissing
    case directoryWritableByOthers
    case directoryReadableByOthers
    case directoryOfAnotherUser
    case empty
    case notARootKeyFile
    case unsupportedVersion
    case wrongLength
    case allZeros
    case damaged
    case cannotRead
    case cannotWrite
    case noProtectedMemory

    package var explanation: Explanation {
        let (code, message, remedy) = placeWords ?? contentWords
        return Explanation(code: "root_key_file.\(code)", message: message, remedy: remedy)
    }

    /// About where the file lies and who may touch it.
    private var placeWords: (String, String, String)? {
        switch self {
        case .missing:
            (
                "missing", "There is no root key file at the configured path.",
                "Create one, or restore it from its backup."
            )
        case .alreadyExists:
            (
                "already_exists", "There is a file at that path already, and a root key is never overwritten.",
                "Use the file that is there, or choose another path."
            )
        case .symbolicLink:
            (
                "symbolic_link", "The root key path is a symbolic link, which somebody else could point elsewhere.",
                "Configure the path of the file itself."
            )
        case .notRegular:
            ("not_regular", "The root key path is not a regular file.", "Configure the path of the root key file.")
        case .openToOthers(let mode):
            (
                "open_to_others", "The root key file has mode \(octal(mode)); only 0600 and 0400 keep it private.",
                "Run chmod 0600 on it; if others could read it, replace the root key."
            )
        case .wrongOwner:
            (
                "wrong_owner", "The root key file belongs to another user.",
                "Give it to the user that the gateway runs as."
            )
        case .directoryMissing:
            ("directory_missing", "The directory of the root key file cannot be opened.", "Create it with mode 0700.")
        case .directoryWritableByOthers:
            (
                "directory_writable_by_others",
                "The directory of the root key file is writable by its group or by everybody, who could replace the file.",
                "Run chmod 0700 on the directory."
            )
        case .directoryReadableByOthers:
            (
                "directory_readable_by_others",
                "The directory of the root key file is readable by its group or by everybody.",
                "Run chmod 0700 on the directory."
            )
        case .directoryOfAnotherUser:
            (
                "directory_of_another_user", "The directory of the root key file belongs to another user.",
                "Give the directory to the user that the gateway runs as, or to root."
            )
        default: nil
        }
    }

    /// About what the file holds, and about reading and writing it.
    private var contentWords: (String, String, String) {
        let restore = "Restore the root key file from its backup."
        return switch self {
        case .empty: ("empty", "The root key file is empty.", restore)
        case .unsupportedVersion:
            (
                "unsupported_version", "The root key file was written by a later version of the gateway.",
                "Run that version, or a later one."
            )
        case .wrongLength:
            (
                "wrong_length", "The key in the root key file is not 32 octets long, or something stands behind it.",
                restore
            )
        case .allZeros: ("all_zeros", "The key in the root key file is all zeros, which is no key.", restore)
        case .damaged:
            ("damaged", "The root key file is damaged: its key does not match its own check value.", restore)
        case .cannotRead: ("cannot_read", "The root key file cannot be read.", "Check the disk and the permissions.")
        case .cannotWrite:
            (
                "cannot_write", "The root key file could not be written completely.",
                "Check the free space and the permissions of the directory, remove what was left there, and try again."
            )
        case .noProtectedMemory:
            (
                "no_protected_memory", "There is no protected memory for the root key.",
                "Allow at least 1 MiB of locked memory (LimitMEMLOCK in the unit file) and start again."
            )
        default: ("not_a_root_key_file", "The file is not a root key file.", "Configure the path of the root key file.")
        }
    }

    private func octal(_ mode: UInt32) -> String {
        let digits = String(mode, radix: 8)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
