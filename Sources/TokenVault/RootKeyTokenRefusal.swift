import CPKCS11
package import GatewayCore

/// Why the root key on a token cannot be used.
package enum RootKeyTokenRefusal: Explained, Equatable {
    case moduleMissing
    case tokenMissing
    case pinUnreadable
    case pinOpenToOthers
    case pinWrong
    case pinLocked
    case keyMissing
    case keyExists
    case keyCanLeave
    case cannotDerive
    /// The standard's number for what went wrong.
    case refused(UInt)

    init(_ code: CK_RV) {
        self =
            switch code {
            case LATCHKEY_CKR_NO_MODULE: .moduleMissing
            case LATCHKEY_CKR_NO_TOKEN: .tokenMissing
            case LATCHKEY_CKR_PIN_INCORRECT, LATCHKEY_CKR_PIN_LEN_RANGE: .pinWrong
            case LATCHKEY_CKR_PIN_LOCKED: .pinLocked
            default: .refused(code)
            }
    }

    package var explanation: Explanation {
        let (code, message, remedy) = words
        return Explanation(code: "root_key_token.\(code)", message: message, remedy: remedy)
    }

    private var words: (String, String, String) {
        switch self {
        case .moduleMissing:
            (
                "module_missing", "The PKCS #11 library cannot be loaded.",
                "Correct its path, and install what it needs."
            )
        case .tokenMissing:
            (
                "token_missing", "No token has the configured label.",
                "Connect the token, or correct its label; pkcs11-tool --list-slots shows which there are."
            )
        case .pinUnreadable:
            (
                "pin_unreadable", "The file with the token's PIN cannot be read or is empty.",
                "Check path and permissions."
            )
        case .pinOpenToOthers:
            ("pin_open_to_others", "Others may read the file with the token's PIN.", "Run chmod 0600 on it.")
        case .pinWrong:
            (
                "pin_wrong", "The token does not accept the PIN.",
                "Correct the PIN file before trying again: a token locks itself after a few wrong PINs."
            )
        case .pinLocked:
            ("pin_locked", "The token has locked its PIN after wrong ones.", "Let its security officer unlock it.")
        case .keyMissing:
            (
                "key_missing", "The token holds no key with the configured label.",
                "Make one with: latchkey keys init. If this database was in use before, use the token that has its key."
            )
        case .keyExists:
            (
                "key_exists", "The token holds a key with that label already.",
                "Use it, or another label. One that an interrupted move left wraps nothing and may be deleted on the token."
            )
        case .keyCanLeave:
            (
                "key_can_leave", "The token does not vouch that the key stays on it and makes HMACs.",
                "Use a key that latchkey made: sensitive, not extractable, for signatures."
            )
        case .cannotDerive:
            (
                "cannot_derive", "The token does not compute HMAC-SHA-512 with the key.",
                "Use a token that offers CKM_SHA512_HMAC."
            )
        case .refused(let code):
            (
                "refused", "The token refused with code 0x\(String(code, radix: 16)).",
                "Look the code up in the PKCS #11 standard and at the token's own log."
            )
        }
    }
}
