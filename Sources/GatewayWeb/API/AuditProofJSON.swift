import FoundationEssentials
import Gateway
import Storage

/// A signed checkpoint, taken apart for those who only want to look; `note` is what is signed.
struct AuditCheckpointJSON: Encodable {
    let size: Int64
    let root: String
    let signed_at: String
    let key_id: String
    let note: String

    init(_ checkpoint: StoredAuditCheckpoint) {
        size = checkpoint.size
        root = Data(checkpoint.root).base64EncodedString()
        signed_at = checkpoint.signedAt.formatted(.iso8601)
        key_id = checkpoint.keyID
        note = checkpoint.note
    }
}

struct AuditInclusionJSON: Encodable {
    let index: Int64
    let size: Int64
    let leaf_hash: String
    let root: String
    let hashes: [String]

    init(_ proof: AuditInclusion) {
        index = proof.index
        size = proof.size
        leaf_hash = Data(proof.leafHash).base64EncodedString()
        root = Data(proof.root).base64EncodedString()
        hashes = proof.hashes.map { Data($0).base64EncodedString() }
    }
}

struct AuditConsistencyJSON: Encodable {
    let from: Int64
    let to: Int64
    let from_root: String
    let to_root: String
    let hashes: [String]

    init(_ proof: AuditConsistency) {
        from = proof.from
        to = proof.to
        from_root = Data(proof.fromRoot).base64EncodedString()
        to_root = Data(proof.toRoot).base64EncodedString()
        hashes = proof.hashes.map { Data($0).base64EncodedString() }
    }
}
