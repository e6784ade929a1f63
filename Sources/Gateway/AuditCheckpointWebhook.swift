package import GatewayCore
import HTTPTypes

/// Checkpoints posted to a receiver on the web, which keeps them. It cannot be asked for them: whether the database went back
/// in time it tells whoever compares, with `latchkey audit verify --checkpoints`.
package struct AuditCheckpointWebhook: CheckpointWitness {
    package let isPrompt = false
    let url: WebhookURL
    let transport: any WebhookTransport

    package init(url: WebhookURL, transport: any WebhookTransport) {
        self.url = url
        self.transport = transport
    }

    /// The note is signed; nothing else has to prove where it comes from.
    package func publish(_ note: String) async throws {
        let fields: HTTPFields = [.contentType: "text/plain; charset=utf-8", .userAgent: "latchkey"]
        let answer = try await transport.post(Array(note.utf8), headerFields: fields, to: url)
        guard answer.status.kind == .successful else { throw AuditCheckpointWebhookError.refused }
    }

    package func newest() async throws -> String? { nil }
}

package enum AuditCheckpointWebhookError: Explained, Equatable {
    case refused

    package var explanation: Explanation {
        Explanation(
            code: "audit_checkpoint_webhook.refused",
            message: "The receiver of audit checkpoints answered otherwise than with success.",
            remedy: "Look at the receiver behind LATCHKEY_AUDIT_CHECKPOINT_WEBHOOK_URL.")
    }
}
