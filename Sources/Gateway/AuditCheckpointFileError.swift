package import GatewayCore

/// Why checkpoints cannot be kept in their file.
package enum AuditCheckpointFileError: Explained, Equatable {
    case notWritable
    case notReadable

    package var explanation: Explanation {
        switch self {
        case .notWritable:
            Explanation(
                code: "audit_checkpoint_file.not_writable", message: "The audit checkpoint file cannot be written.",
                remedy: "Check LATCHKEY_AUDIT_CHECKPOINT_FILE: path, permissions and room on its disk.")
        case .notReadable:
            Explanation(
                code: "audit_checkpoint_file.not_readable", message: "The audit checkpoint file cannot be read.",
                remedy: "Check LATCHKEY_AUDIT_CHECKPOINT_FILE: path and permissions.")
        }
    }
}
