import ArgumentParser
import FoundationEssentials
import GatewayCore
import Storage
import StorageSQLite

struct WebhooksListCommand: GatewayCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List receivers, how far each has been told, and what stands in the way.")

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let (bodies, last) = try await withStore { store in
            let endpoints = try await store.webhookEndpoints()
            let last = try await store.lastAuditIndex()
            let bodies = try await store.webhookProgress().map { progress in
                WebhookBody(progress, endpoints.first { $0.id.text == progress.name })
            }
            return (bodies, last)
        }
        guard !output.json else { return output.object(WebhookList(webhooks: bodies, last_audit_index: last)) }
        output.table(
            ["ID", "TENANT", "URL", "STATE", "TOLD UP TO", "LAST FAULT"],
            bodies.map { body in
                [
                    body.id, body.tenant ?? "every tenant", body.url ?? "from the settings", body.state,
                    "\(body.cursor)/\(last)", body.last_code ?? "-",
                ]
            })
    }
}

private struct WebhookList: Encodable {
    let webhooks: [WebhookBody]
    let last_audit_index: Int64
}

private struct WebhookBody: Encodable {
    let id: String
    let tenant: String?
    let url: String?
    /// `well`, `failing` or `disabled`.
    let state: String
    let cursor: Int64
    let attempts: Int
    let failing_since: String?
    let next_attempt_at: String?
    let last_code: String?
    let delivered_at: String?
    let disabled_at: String?

    init(_ progress: WebhookProgress, _ endpoint: WebhookEndpoint?) {
        id = progress.name
        tenant = endpoint?.tenant.text
        url = endpoint?.url
        state = progress.disabledAt != nil ? "disabled" : progress.failingSince != nil ? "failing" : "well"
        cursor = progress.cursor
        attempts = progress.attempts
        failing_since = progress.failingSince?.formatted(.iso8601)
        next_attempt_at = progress.nextAttemptAt?.formatted(.iso8601)
        last_code = progress.lastCode
        delivered_at = progress.deliveredAt?.formatted(.iso8601)
        disabled_at = progress.disabledAt?.formatted(.iso8601)
    }
}
