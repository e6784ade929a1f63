package import FoundationEssentials
package import GatewayCore
import GRDB
package import Storage

extension SQLiteStore {
    /// Entries looked through in one read, so that a long log is never held against writers of the same process.
    private static let passage: Int64 = 20_000

    package func insertWebhookEndpoint(
        _ endpoint: WebhookEndpoint, cursor: Int64, audit: AuditEvent
    ) async throws {
        try await write { database in
            try database.insert(
                into: "webhook_endpoints",
                [
                    "id": endpoint.id.text,
                    "tenant": endpoint.tenant.text,
                    "url": endpoint.url,
                    "secret": endpoint.secret.data,
                    "key_id": endpoint.keyID,
                    "created_at": endpoint.createdAt.milliseconds,
                ])
            try database.insert(
                into: "webhook_progress", ["name": endpoint.id.text, "cursor": cursor, "attempts": 0])
            try database.append([audit])
        }
    }

    package func webhookEndpoints() async throws -> [WebhookEndpoint] {
        try await read { database in
            try database.records("SELECT * FROM webhook_endpoints ORDER BY created_at, id").map {
                WebhookEndpoint(
                    id: try $0.identifier("id"), tenant: try $0.tenant(), url: try $0.text("url"),
                    secret: try $0.bytes("secret"), keyID: try $0.text("key_id"), createdAt: try $0.date("created_at"))
            }
        }
    }

    package func removeWebhookEndpoint(_ id: WebhookEndpointID, audit: AuditEvent) async throws -> Bool {
        let removed = try await write { database in
            guard try database.change("DELETE FROM webhook_endpoints WHERE id = ?", [id.text]) == 1 else {
                return false
            }
            try database.execute(sql: "DELETE FROM webhook_progress WHERE name = ?", arguments: [id.text])
            try database.append([audit])
            return true
        }
        if removed { await purgeAfterErasure() }
        return removed
    }

    package func webhookProgress(of name: String) async throws -> WebhookProgress? {
        try await read { try $0.webhookProgress(of: name) }
    }

    package func webhookProgress(of name: String, beginningAt cursor: Int64) async throws -> WebhookProgress {
        if let known = try await webhookProgress(of: name) { return known }
        return try await write { database in
            try database.execute(
                sql: "INSERT INTO webhook_progress (name, cursor, attempts) VALUES (?, ?, 0) ON CONFLICT DO NOTHING",
                arguments: [name, cursor])
            guard let progress = try database.webhookProgress(of: name) else { throw StorageError.damaged }
            return progress
        }
    }

    package func webhookProgress() async throws -> [WebhookProgress] {
        try await read { database in
            try database.records("SELECT * FROM webhook_progress ORDER BY name").map { try $0.webhookProgress() }
        }
    }

    package func advanceWebhook(
        _ progress: WebhookProgress, to cursor: Int64, deliveredAt: Date?
    ) async throws -> Bool {
        try await write { database in
            try database.change(
                """
                UPDATE webhook_progress SET cursor = ?1,
                    attempts = iif(?2 IS NULL, attempts, 0),
                    failing_since = iif(?2 IS NULL, failing_since, NULL),
                    last_code = iif(?2 IS NULL, last_code, NULL),
                    next_attempt_at = iif(?2 IS NULL, next_attempt_at, NULL),
                    delivered_at = coalesce(?2, delivered_at)
                WHERE name = ?3 AND cursor = ?4 AND disabled_at IS NULL
                """, [cursor, deliveredAt?.milliseconds, progress.name, progress.cursor]) == 1
        }
    }

    package func recordWebhookFailure(
        _ failure: WebhookFailure, of progress: WebhookProgress, disabling: AuditEvent?
    ) async throws -> Bool {
        try await write { database in
            let changed = try database.change(
                """
                UPDATE webhook_progress SET attempts = attempts + 1, failing_since = coalesce(failing_since, ?1),
                    last_code = ?2, next_attempt_at = ?3, disabled_at = ?4
                WHERE name = ?5 AND cursor = ?6 AND disabled_at IS NULL
                """,
                [
                    failure.at.milliseconds, failure.code, failure.nextAttemptAt.milliseconds,
                    disabling == nil ? nil : failure.at.milliseconds, progress.name, progress.cursor,
                ])
            guard changed == 1 else { return false }
            if let disabling { try database.append([disabling]) }
            return true
        }
    }

    package func replayWebhook(_ name: String, after cursor: Int64, audit: AuditEvent) async throws -> Bool {
        try await write { database in
            let changed = try database.change(
                """
                UPDATE webhook_progress SET cursor = ?, attempts = 0, failing_since = NULL, last_code = NULL,
                    next_attempt_at = NULL, disabled_at = NULL
                WHERE name = ?
                """, [cursor, name])
            guard changed == 1 else { return false }
            try database.append([audit])
            return true
        }
    }

    package func auditEntries(
        after index: Int64, actions: [AuditAction], tenant: TenantID?, limit: Int
    ) async throws -> AuditPassage {
        try await read { database in
            let last = try database.lastAuditIndex()
            let horizon = min(last, index + Self.passage)
            guard horizon > index, limit > 0 else { return AuditPassage(entries: [], end: max(index, 0)) }
            var arguments: StatementArguments = [index, horizon]
            arguments += StatementArguments(actions.map(\.rawValue))
            var condition = "action IN (\(actions.map { _ in "?" }.joined(separator: ", ")))"
            if let tenant {
                condition += " AND tenant = ?"
                arguments += [tenant.text]
            }
            let entries = try database.records(
                """
                SELECT * FROM audit_log WHERE "index" > ? AND "index" <= ? AND \(condition)
                ORDER BY "index" LIMIT \(limit)
                """, arguments
            ).map { try $0.auditEntry() }
            return AuditPassage(
                entries: entries, end: entries.count == limit ? entries.last?.index ?? horizon : horizon)
        }
    }

    package func lastAuditIndex() async throws -> Int64 {
        try await read { try $0.lastAuditIndex() }
    }
}

extension Database {
    func lastAuditIndex() throws -> Int64 {
        try Int64.fetchOne(self, sql: #"SELECT max("index") FROM audit_log"#) ?? 0
    }

    fileprivate func webhookProgress(of name: String) throws -> WebhookProgress? {
        try record("SELECT * FROM webhook_progress WHERE name = ?", [name])?.webhookProgress()
    }
}

extension Record {
    fileprivate func webhookProgress() throws -> WebhookProgress {
        WebhookProgress(
            name: try text("name"), cursor: try integer("cursor"), attempts: Int(try integer("attempts")),
            failingSince: try optionalDate("failing_since"), lastCode: try optionalText("last_code"),
            nextAttemptAt: try optionalDate("next_attempt_at"), deliveredAt: try optionalDate("delivered_at"),
            disabledAt: try optionalDate("disabled_at"))
    }
}
