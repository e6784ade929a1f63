package import FoundationEssentials
package import GatewayCore
import GRDB
package import Storage

extension SQLiteStore {
    package func insertSignInLink(_ link: SignInLink, audit: AuditEvent) async throws {
        try await write { database in
            try database.insert(
                into: "sign_in_links",
                [
                    "digest": link.digest.data, "tenant": link.tenant.text, "roles": link.roles.spaced,
                    "expires_at": link.expiresAt.milliseconds,
                ])
            try database.append([audit])
        }
    }

    package func redeemSignInLink(
        digest: [UInt8], opening session: SessionSeed, replacing: [UInt8]?, at: Date
    ) async throws -> ConsoleSession? {
        try await write { database in
            guard
                let link = try database.record(
                    "DELETE FROM sign_in_links WHERE digest = ? AND expires_at > ? RETURNING *",
                    [digest.data, at.milliseconds])
            else { return nil }
            let opened = ConsoleSession(
                digest: session.digest, publicID: session.publicID, tenant: try link.tenant(),
                roles: Set(try link.words("roles")), connectSession: nil, expiresAt: session.expiresAt)
            try database.open(opened, replacing: replacing)
            try database.append([
                AuditEvent(
                    at: at, actor: AuditActor(kind: .console, id: opened.publicID), action: .signedIn,
                    tenant: opened.tenant, subject: opened.publicID)
            ])
            return opened
        }
    }

    package func session(digest: [UInt8], at: Date) async throws -> ConsoleSession? {
        try await read { try $0.session(digest: digest, at: at) }
    }

    package func renewSession(_ digest: [UInt8], as newDigest: [UInt8], at: Date) async throws -> ConsoleSession? {
        try await write { database in
            let renewed = try database.change(
                "UPDATE sessions SET digest = ? WHERE digest = ? AND expires_at > ?",
                [newDigest.data, digest.data, at.milliseconds])
            guard renewed == 1 else { return nil }
            // What waits stays counted against the same browser.
            try database.execute(
                sql: "UPDATE pending_authorizations SET session_digest = ? WHERE session_digest = ?",
                arguments: [newDigest.data, digest.data])
            return try database.session(digest: newDigest, at: at)
        }
    }

    package func endSession(digest: [UInt8], audit: AuditEvent) async throws {
        try await write { database in
            guard try database.change("DELETE FROM sessions WHERE digest = ?", [digest.data]) == 1 else { return }
            try database.append([audit])
        }
    }

    package func useFormToken(digest: [UInt8], expiresAt: Date) async throws -> Bool {
        try await write { database in
            try database.change(
                "INSERT INTO form_tokens (digest, expires_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
                [digest.data, expiresAt.milliseconds]) == 1
        }
    }

    package func sweepSessions(now: Date) async throws {
        try await write { database in
            for statement in Self.sessionSweep {
                try database.execute(sql: statement, arguments: [now.milliseconds])
            }
        }
    }

    static let sessionSweep =
        ["sign_in_links", "sessions", "form_tokens"].map { "DELETE FROM \($0) WHERE expires_at <= ?" } + [
            // The link has ended, but a browser that came through it in time still needs to know what it may see.
            """
            DELETE FROM connect_sessions WHERE expires_at <= ?
                AND NOT EXISTS (SELECT 1 FROM sessions WHERE connect_session_id = connect_sessions.id)
            """
        ]
}

extension Database {
    /// Ends the browser's session of before in the same step, so that it never has two (session fixation).
    func open(_ session: ConsoleSession, replacing: [UInt8]?) throws {
        if let replacing {
            try execute(sql: "DELETE FROM sessions WHERE digest = ?", arguments: [replacing.data])
        }
        try insert(
            into: "sessions",
            [
                "digest": session.digest.data,
                "public_id": session.publicID,
                "tenant": session.tenant.text,
                "roles": session.roles.spaced,
                "connect_session_id": session.connectSession?.id.text,
                "expires_at": session.expiresAt.milliseconds,
            ])
    }

    func session(digest: [UInt8], at: Date) throws -> ConsoleSession? {
        guard
            let found = try record(
                "SELECT * FROM sessions WHERE digest = ? AND expires_at > ?", [digest.data, at.milliseconds])
        else { return nil }
        let connectSession = try found.optionalText("connect_session_id").map { id in
            let row = try record("SELECT * FROM connect_sessions WHERE id = ?", [id])
            return try found.required(row).connectSession()
        }
        return ConsoleSession(
            digest: try found.bytes("digest"), publicID: try found.text("public_id"), tenant: try found.tenant(),
            roles: Set(try found.words("roles")), connectSession: connectSession,
            expiresAt: try found.date("expires_at"))
    }

    /// Who stands behind a session digest, in the audit log's words.
    func actor(ofSession digest: [UInt8]) throws -> AuditActor {
        guard
            let found = try record(
                "SELECT public_id, connect_session_id FROM sessions WHERE digest = ?", [digest.data])
        else { return .anonymousBrowser }
        if let id = try found.optionalText("connect_session_id") { return AuditActor(kind: .connectSession, id: id) }
        return AuditActor(kind: .console, id: try found.text("public_id"))
    }
}
