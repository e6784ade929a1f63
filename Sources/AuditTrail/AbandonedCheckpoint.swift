import FoundationEssentials
import GatewayCore

/// The newest checkpoint of a log that somebody gave up for a restored one: what the entry that accepts it says.
///
/// What was signed until then and does not fit the log is explained by it, and nothing that was signed later.
package struct AbandonedCheckpoint: Sendable, Equatable {
    private static let mark = " abandoned="

    package let size: Int64
    package let root: TreeHash
    /// Milliseconds since 1970.
    package let at: Int64

    package init(_ checkpoint: Checkpoint) {
        size = checkpoint.size
        root = checkpoint.root
        at = checkpoint.at
    }

    /// Nil where the entry accepts nothing. As `subject` writes it, and not otherwise.
    package init?(subject: String) {
        guard let mark = subject.firstRange(of: Self.mark) else { return nil }
        let words = subject[mark.upperBound...].split(separator: ",", omittingEmptySubsequences: false)
        guard words.count == 3, let size = Int64(words[0]), let at = Int64(words[1]),
            let root = TreeHash(base64: String(words[2]))
        else { return nil }
        (self.size, self.root, self.at) = (size, root, at)
    }

    package init?(acceptedBy record: AuditRecord) {
        guard record.action == AuditAction.backupRestored.rawValue, record.outcome == "succeeded" else { return nil }
        self.init(subject: record.subject ?? "")
    }

    /// `audit.database_older abandoned=4711,1790000000000,BASE64`.
    package func subject(behind code: String) -> String {
        "\(code)\(Self.mark)\(size),\(at),\(Data(root.octets).base64EncodedString())"
    }

    package func explains(_ checkpoint: Checkpoint) -> Bool { checkpoint.at <= at }
}
