package import GatewayCore

/// What the vault says when it does not do it. `cannotOpen` is one answer for every reason, on purpose: telling a wrong key
/// from a wrong place or a bad tag would help whoever tries records out.
package enum VaultError: Explained, Equatable {
    case sealedUnderUnknownKey(DataKeyID)
    /// Its key is older than the oldest one that may open.
    case sealedUnderOldKey(DataKeyID)
    case cannotOpen
    /// This process has used up what it was allowed to seal under the key.
    case sealsSpent(DataKeyID)
    case secretTooLong
    case unavailable

    package var explanation: Explanation {
        switch self {
        case .sealedUnderUnknownKey(let id):
            Explanation(
                code: "vault.sealed_under_unknown_key",
                message: "The record is sealed under the data key \(id), which is not in the keyring.",
                remedy: "Restore the table of data keys from a backup, or connect the organization again.")
        case .sealedUnderOldKey(let id):
            Explanation(
                code: "vault.sealed_under_old_key",
                message: "The record is sealed under the data key \(id), which is older than the oldest that may open.",
                remedy:
                    "If the record is still trusted, lower the limit with latchkey keys oldest, reseal, and raise it again."
            )
        case .sealsSpent(let id):
            Explanation(
                code: "vault.seals_spent", message: "The data key \(id) may not seal any more records.",
                remedy: "Rotate the data keys with latchkey keys rotate.")
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
