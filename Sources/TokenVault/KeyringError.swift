package import GatewayCore

/// Why a set of wrapped data keys did not become a keyring.
package enum KeyringError: Explained, Equatable {
    case wrongRootKey
    case damaged(DataKeyID)
    case noPrimary
    case severalPrimaries
    case repeatedID(DataKeyID)
    case destroyedKeyStillHeld(DataKeyID)
    case unavailable

    package var explanation: Explanation {
        Explanation(code: "keyring.\(words.code)", message: words.message, remedy: words.remedy)
    }

    private var words: (code: String, message: String, remedy: String) {
        switch self {
        case .wrongRootKey:
            (
                "wrong_root_key", "The root key is not the one that this database's data keys are wrapped with.",
                "Point the gateway at the root key file that belongs to this database, or restore it from its backup."
            )
        case .damaged(let id):
            (
                "damaged", "The data key \(id) is damaged: the root key is right, but the wrapped bytes do not open.",
                "Restore the table of data keys from a backup of this database."
            )
        case .noPrimary:
            ("no_primary", "No data key is primary, so nothing can be sealed.", "Promote an enabled data key.")
        case .severalPrimaries:
            (
                "several_primaries", "More than one data key is primary.",
                "Restore the table of data keys from a backup of this database."
            )
        case .repeatedID(let id):
            (
                "repeated_id", "The data key \(id) is listed twice.",
                "Restore the table of data keys from a backup of this database."
            )
        case .destroyedKeyStillHeld(let id):
            (
                "destroyed_key_still_held",
                "The data key \(id) is marked as destroyed, but its wrapped bytes are still there.",
                "Finish destroying it, or set its state back to retired if that was a mistake."
            )
        case .unavailable:
            (
                "unavailable", "The system's cryptographic library refused to work on the data keys.",
                "Check that libcrypto offers AES-256-GCM and HMAC-SHA-512 and that the memory for keys is not full."
            )
        }
    }
}
