package import GatewayCore

/// Why a root key was not exported or not restored from an export.
package enum RootKeyExportRefusal: Explained, Equatable {
    case staysOnToken
    case notAnExport
    /// Wrong passphrase or damaged file: nobody can tell, and that is meant.
    case doesNotOpen
    case anotherKey(exported: String, needed: String)
    case alreadyExists
    case cannotWrite
    case cannotRead
    case passphraseUnreadable
    case passphraseTooShort
    case passphrasesDiffer
    case noTerminal
    case unavailable

    package var explanation: Explanation {
        let (code, message, remedy) = words
        return Explanation(code: "root_key_export.\(code)", message: message, remedy: remedy)
    }

    /// One row for each case, so longer than other functions.
    private var words: (String, String, String?) {
        switch self {
        case .staysOnToken:
            (
                "stays_on_token", "The root key is on a token and cannot leave it.",
                "Use the vendor's own backup of the token, or move the key to a file first."
            )
        case .notAnExport: ("not_an_export", "The file is not an export of a root key.", "Name the right file.")
        case .doesNotOpen:
            (
                "does_not_open", "The export does not open: the passphrase is wrong, or the file is damaged.",
                "Try another passphrase, then another copy of the file."
            )
        case .anotherKey(let exported, let needed):
            (
                "another_key", "The export holds the root key \(exported), but the database needs \(needed).",
                "Use the export of that key; nothing was written."
            )
        case .alreadyExists:
            ("already_exists", "There is a file at that path already; it was left as it is.", "Choose another path.")
        case .cannotWrite:
            ("cannot_write", "The file could not be written completely.", "Check free space and permissions.")
        case .cannotRead: ("cannot_read", "The export cannot be read.", "Check path and permissions.")
        case .passphraseUnreadable:
            (
                "passphrase_unreadable", "The file with the passphrase cannot be read, or others may read it.",
                "Check the path, and run chmod 0600 on it."
            )
        case .passphraseTooShort:
            (
                "passphrase_too_short", "The passphrase has fewer than \(Passphrase.shortest) octets.",
                "Take six random words: this file will lie somewhere for years."
            )
        case .passphrasesDiffer:
            ("passphrases_differ", "The two passphrases are not the same; nothing was written.", "Try again.")
        case .noTerminal:
            (
                "no_terminal", "There is no terminal to ask for the passphrase at.",
                "Name a file of mode 0600 that holds it: --passphrase-file FILE."
            )
        case .unavailable:
            (
                "unavailable", "The system's cryptographic library refused to work on the export.",
                "Check that libcrypto offers scrypt and AES-256-GCM, and that 160 MiB of memory are free."
            )
        }
    }
}
