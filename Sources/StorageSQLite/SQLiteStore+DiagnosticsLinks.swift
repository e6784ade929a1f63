package import FoundationEssentials
package import GatewayCore
import GRDB
package import Storage

extension SQLiteStore {
    package func insertDiagnosticsLink(
        _ link: DiagnosticsLink, digest: [UInt8], limit: Int, audit: AuditEvent
    ) async throws {
        try await write { database in
            let connection = try database.record(
                "SELECT 1 FROM connections WHERE id = ? AND tenant = ? AND status <> 'disconnected'",
                [link.connection.text, link.tenant.text])
            let live = try database.record(
                "SELECT count(*) AS live FROM diagnostics_links WHERE connection_id = ? AND expires_at > ?",
                [link.connection.text, link.createdAt.milliseconds])
            guard connection != nil, Int(try live?.integer("live") ?? 0) < limit else { throw StorageError.conflict }
            try database.insert(
                into: "diagnostics_links",
                [
                    "id": link.id.text, "digest": digest.data, "tenant": link.tenant.text,
                    "connection_id": link.connection.text, "created_at": link.createdAt.milliseconds,
                    "expires_at": link.expiresAt.milliseconds,
                ])
            try database.append([audit])
        }
    }

    package func diagnosticsLink(digest: [UInt8], at: Date) async throws -> DiagnosticsLink? {
        try await read { database in
            try database.record(
                """
                SELECT links.* FROM diagnostics_links AS links
                JOIN connections ON connections.id = links.connection_id AND connections.status <> 'disconnected'
                WHERE links.digest = ? AND links.expires_at > ?
                """, [digest.data, at.milliseconds]
            )?.diagnosticsLink()
        }
    }

    package func noteDiagnosticsLinkOpened(_ id: DiagnosticsLinkID, at: Date, audit: AuditEvent) async throws {
        try await write { database in
            let first = try database.change(
                "UPDATE diagnostics_links SET opened_at = ? WHERE id = ? AND opened_at IS NULL",
                [at.milliseconds, id.text])
            if first == 1 { try database.append([audit]) }
        }
    }

    package func diagnosticsLinks(of connection: ConnectionID, at: Date) async throws -> [DiagnosticsLink] {
        try await read { database in
            try database.records(
                """
                SELECT * FROM diagnostics_links WHERE connection_id = ? AND expires_at > ?
                ORDER BY created_at DESC, rowid DESC
                """, [connection.text, at.milliseconds]
            ).map { try $0.diagnosticsLink() }
        }
    }

    package func revokeDiagnosticsLink(
        _ id: DiagnosticsLinkID, of connection: ConnectionID, at: Date, audit: AuditEvent
    ) async throws -> Bool {
        try await write { database in
            let gone = try database.change(
                "DELETE FROM diagnostics_links WHERE id = ? AND connection_id = ? AND expires_at > ?",
                [id.text, connection.text, at.milliseconds])
            if gone == 1 { try database.append([audit]) }
            return gone == 1
        }
    }

    package func sweepDiagnosticsLinks(now: Date) async throws {
        try await write { database in
            _ = try database.change("DELETE FROM diagnostics_links WHERE expires_at <= ?", [now.milliseconds])
        }
    }
}

extension Record {
    fileprivate func diagnosticsLink() throws -> DiagnosticsLink {
        DiagnosticsLink(
            id: try identifier("id"), tenant: try tenant(), connection: try identifier("connection_id"),
            createdAt: try date("created_at"), expiresAt: try date("expires_at"),
            openedAt: try optionalDate("opened_at"))
    }
}
