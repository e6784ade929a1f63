package import Foundation
import GRDB
package import GatewayCore
package import Storage
package import TokenVault

/// Sealed rows in every sealed table, for tests and measurements of rotation: real records under the vault's primary key.
package struct PlantedRows: Sendable {
    package static let start = Date(timeIntervalSince1970: 1_790_000_000)

    let vault: Vault

    package init(vault: Vault) {
        self.vault = vault
    }

    /// A connection with two tokens, as a connect leaves it.
    @discardableResult
    package func connection(
        in store: any GatewayStore, _ subdomain: String = "acme", tenant: TenantID = .default, token: String = "token"
    ) async throws -> Connection {
        let connection = Self.connection(subdomain, tenant: tenant)
        try await store.saveConnected(
            connection, credential: try credential(of: connection, token: token), replacing: nil,
            audit: [Self.event(.connectionCreated, connection)])
        return connection
    }

    /// The next generation of its tokens, as a refresh leaves it.
    @discardableResult
    package func renew(_ connection: Connection, in store: any GatewayStore, token: String) async throws -> Connection {
        var next = connection
        next.generation += 1
        let credential = try credential(of: next, token: token)
        try await store.saveConnected(
            next, credential: credential, replacing: connection.generation,
            audit: [Self.event(.connectionReauthorized, next)])
        return next
    }

    package func credential(of connection: Connection, token: String) throws -> SealedCredential {
        try credential(of: connection, access: "access " + token, refresh: "refresh " + token)
    }

    package func credential(
        of connection: Connection, access: String, refresh: String
    ) throws -> SealedCredential {
        let access = try vault.seal(Secret(access), in: Self.context(connection, "access_token"))
        let refresh = try vault.seal(Secret(refresh), in: Self.context(connection, "refresh_token"))
        return SealedCredential(
            connection: connection.id, generation: connection.generation, accessToken: access.bytes,
            refreshToken: refresh.bytes, keyID: access.keyID.description)
    }

    /// One row in each of the three other sealed tables.
    package func others(in store: any GatewayStore, _ subdomain: String = "acme") async throws {
        try await pending(in: store, subdomain)
        try await revocation(in: store, subdomain)
        try await endpoint(in: store)
    }

    @discardableResult
    package func pending(
        in store: any GatewayStore, _ subdomain: String = "acme"
    ) async throws -> PendingAuthorizationID {
        let id = PendingAuthorizationID(random: SystemRandomSource())
        let sealed = try vault.seal(
            Secret("verifier"),
            in: SealingContext(
                tenant: TenantID.default.text, table: "pending_authorizations", row: id.text, column: "verifier",
                generation: 0, organization: subdomain))
        try await store.insertPendingAuthorization(
            PendingAuthorization(
                id: id, stateDigest: Array(id.text.utf8), browserDigest: [1], sessionDigest: [2], tenant: .default,
                subdomain: subdomain, permissionLevel: .read, sealedVerifier: sealed.bytes,
                keyID: sealed.keyID.description, returnURL: nil, reauthorizing: nil, createdAt: Self.start,
                expiresAt: Self.start.addingTimeInterval(600)),
            limit: 1000, audit: AuditEvent(at: Self.start, actor: .system, action: .authorizationBegun))
        return id
    }

    @discardableResult
    package func revocation(in store: any GatewayStore, _ subdomain: String = "acme") async throws -> RevocationID {
        let id = RevocationID(random: SystemRandomSource())
        let sealed = try vault.seal(
            Secret("to be revoked"),
            in: SealingContext(
                tenant: TenantID.default.text, table: "pending_revocations", row: id.text, column: "access_token",
                generation: 4, organization: subdomain))
        try await store.queueRevocation(
            PendingRevocation(
                id: id, tenant: .default, subdomain: subdomain, connection: nil, generation: 4,
                accessToken: sealed.bytes, keyID: sealed.keyID.description, queuedAt: Self.start, expiresAt: nil,
                nextAttemptAt: Self.start),
            audit: AuditEvent(at: Self.start, actor: .system, action: .revocationQueued))
        return id
    }

    @discardableResult
    package func endpoint(in store: any GatewayStore) async throws -> WebhookEndpointID {
        let id = WebhookEndpointID(random: SystemRandomSource())
        let sealed = try vault.seal(
            Secret("webhook secret"),
            in: SealingContext(
                tenant: TenantID.default.text, table: "webhook_endpoints", row: id.text, column: "secret",
                generation: 0, organization: ""))
        try await store.insertWebhookEndpoint(
            WebhookEndpoint(
                id: id, tenant: .default, url: "https://hooks.example/", secret: sealed.bytes,
                keyID: sealed.keyID.description, createdAt: Self.start),
            cursor: 0, audit: AuditEvent(at: Self.start, actor: .system, action: .webhookEndpointCreated))
        return id
    }

    /// Many connections in one transaction, past the store: a million of them in some seconds.
    package func many(_ count: Int, at path: String, tokenOctets: Int = 40) async throws {
        let database = try DatabaseQueue(path: path)
        let vault = vault
        try await database.write { database in
            for number in 0..<count { try Self.insert(number, tokenOctets, vault, database) }
        }
        try database.close()
    }

    private static func insert(
        _ number: Int, _ tokenOctets: Int, _ vault: Vault, _ database: Database
    ) throws {
        let connection = connection("org-\(number)")
        let text = String(repeating: "t", count: tokenOctets)
        let credential = try PlantedRows(vault: vault).credential(of: connection, token: text)
        try database.cachedStatement(
            sql: """
                INSERT INTO connections (id, tenant, subdomain, permission_level, granted_scopes, status, person_id,
                    person_name, person_role, created_at, updated_at, generation, sync_state)
                VALUES (?, 'default', ?, 'read', 'read', 'active', 7, 'Ada', 'admin', 0, 0, 1, 'not_started')
                """
        ).execute(arguments: [connection.id.text, connection.subdomain])
        try database.cachedStatement(sql: "INSERT INTO credentials VALUES (?, 1, ?, ?, ?)").execute(
            arguments: [
                connection.id.text, Data(credential.accessToken), credential.refreshToken.map { Data($0) },
                credential.keyID,
            ])
    }

    package static func connection(_ subdomain: String, tenant: TenantID = .default) -> Connection {
        Connection(
            id: ConnectionID(random: SystemRandomSource()), tenant: tenant, subdomain: subdomain,
            permissionLevel: .read, grantedScopes: ScopeSet(["read"]), status: .active,
            connectedBy: ZendeskPerson(id: 7, name: "Ada", email: nil, role: "admin"), accountFingerprint: nil,
            createdAt: start, updatedAt: start, generation: 1, accessTokenExpiresAt: nil, refreshTokenExpiresAt: nil)
    }

    package static func context(_ connection: Connection, _ column: String) -> SealingContext {
        SealingContext(
            tenant: connection.tenant.text, table: "credentials", row: connection.id.text, column: column,
            generation: connection.generation, organization: connection.subdomain)
    }

    static func event(_ action: AuditAction, _ connection: Connection) -> AuditEvent {
        AuditEvent(
            at: start, actor: .system, action: action, tenant: connection.tenant, connection: connection.id,
            subject: connection.subdomain, generation: connection.generation)
    }
}

extension Vault {
    /// Whether every sealed column of the row opens in its place.
    package func opens(_ row: SealedRow) -> Bool {
        row.columns.allSatisfy { column, bytes in
            let context = SealingContext(
                tenant: row.tenant.text, table: row.table.rawValue, row: row.row, column: column,
                generation: row.generation, organization: row.organization)
            guard let record = try? SealedRecord(parsing: bytes) else { return false }
            return (try? open(record, in: context)) != nil
        }
    }
}

extension GatewayStore {
    /// Every sealed row there is.
    package func everySealedRow() async throws -> [SealedRow] {
        var rows: [SealedRow] = []
        for table in SealedTable.allCases {
            rows += try await sealedRows(of: table, notUnder: nil, after: "", limit: 1_000_000)
        }
        return rows
    }
}
