package import GatewayCore

/// What the vault says when it does not do it. `cannotOpen` is one answer for every reason, on purpose: telling a wrong key
/// from a wrong place or a bad tag would help whoever tries records out.
package enum VaultError: Explained, Equatable {
    case sealedUnderUnknownKey(DataKeyID)
    case cannotOpen
    case secretTooLong
    case unavailable

    package var explanation: Explanation {
        switch self {
        case .sealedUnderUnknownKey(let id):
            Explanation(
                code: "vault.sealed_under_unknown_key",
                message: "The record is sealed under the data key \(id), which is not in the keyring.",
                remedy: "Restore the table of data keys from a backup, or connect the organization again.")
        case .cannotOpen:
            Explanation(
                code: "vault.cannot_open", message: "The sealed record does not open.",
                remedy: "Restore the row from a backup, or connect the organization again.")
        case .secretTooLong:
            Explanation(code: "vault.secret_too_long", message: "The secret is longer than 65,532 octets.")
        case .unavailable:
            Explanation(
                code: "vault.unavailable", message: "The system's cryptographic library refused to work.",
                remedy: "Check that libcrypto offers AES-256-GCM and HMAC-SHA-512, and try again.")
        }
    }
}
