import FoundationEssentials
import Gateway

/// What became of the tokens.
struct ReceiptJSON: Encodable {
    let revoked: Bool
    let verified_dead: Bool
    let queued: Bool
    let at: String
    let audit_index: Nullable<Int64>

    init(_ receipt: DisconnectReceipt) {
        revoked = receipt.revoked
        verified_dead = receipt.verifiedDead
        queued = receipt.isQueued
        at = receipt.at.formatted(.iso8601)
        audit_index = Nullable(receipt.auditIndex)
    }
}
