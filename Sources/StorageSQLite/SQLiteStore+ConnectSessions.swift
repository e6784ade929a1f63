package import FoundationEssentials
package import GatewayCore
import GRDB
package import Storage

extension SQLiteStore {
    package func insertConnectSession(_ session: ConnectSession, digest: [UInt8], audit: AuditEvent) async throws {
        try await write { database in
            try database.insert(
                into: "connect_sessions",
                [
                    "id": session.id.text,
                    "digest": digest.data,
                    "tenant": session.tenant.text,
                    // In the product's order: the page offers them so.
                    "permission_levels": session.permissionLevels.map(\.rawValue).joined(separator: " "),
                    "subdomain": session.subdomain,
                    "return_url": session.returnURL,
                    "connection_id": session.connection?.text,
                    "expires_at": session.expiresAt.milliseconds,
                ])
            try database.append([audit])
        }
    }

    package func redeemConnectSession(
        digest: [UInt8], opening session: SessionSeed, replacing: [UInt8]?, at: Date
    ) async throws -> ConsoleSession? {
        try await write { database in
            guard
                let connectSession = try database.record(
                    "UPDATE connect_sessions SET digest = NULL WHERE digest = ? AND expires_at > ? RETURNING *",
                    [digest.data, at.milliseconds])?.connectSession()
            else { return nil }
            let opened = ConsoleSession(
                digest: session.digest, publicID: session.publicID, tenant: connectSession.tenant, roles: [.connect],
                connectSession: connectSession, expiresAt: session.expiresAt)
            try database.open(opened, replacing: replacing)
            try database.append([
                AuditEvent(
                    at: at, actor: AuditActor(kind: .connectSession, id: connectSession.id.text),
                    action: .connectSessionOpened, tenant: opened.tenant, connection: connectSession.connection,
                    subject: opened.publicID)
            ])
            return opened
        }
    }

    package func bindConnectSession(_ id: ConnectSessionID, to connection: ConnectionID) async throws {
        try await write { database in
            // The foreign key refuses another tenant's connection.
            let bound = try database.change(
                "UPDATE connect_sessions SET connection_id = ? WHERE id = ?", [connection.text, id.text])
            guard bound == 1 else { throw StorageError.conflict }
        }
    }
}

extension Record {
    func connectSession() throws -> ConnectSession {
        ConnectSession(
            id: try identifier("id"), tenant: try tenant(), permissionLevels: try words("permission_levels"),
            subdomain: try optionalText("subdomain"), returnURL: try optionalText("return_url"),
            connection: try optionalIdentifier("connection_id"), expiresAt: try date("expires_at"))
    }
}
