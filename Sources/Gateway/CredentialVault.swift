import GatewayCore
import OAuth
import Storage
package import TokenVault

/// Seals and opens what belongs to connections, each record bound to its place.
package struct CredentialVault: Sendable {
    let vault: Vault
    /// Nil where nobody rotates: in tests of other things.
    private let keyring: LiveKeyring?

    package init(vault: Vault) {
        self.vault = vault
        keyring = nil
    }

    package init(keyring: LiveKeyring) {
        vault = keyring.vault
        self.keyring = keyring
    }

    /// Runs what seals and then writes, and once more with the present keyring when a rotation came in between: the store
    /// refuses what is sealed under a key that is no longer primary (KEY-02). Once more as well when this process sealed
    /// faster than it took seals ahead (CR-22).
    func keeping<Value>(_ work: () async throws -> Value) async throws -> Value {
        do {
            return try await work()
        } catch StorageError.keyNotPrimary {
            guard let keyring else { throw StorageError.keyNotPrimary }
            try await keyring.catchUp()
            return try await work()
        } catch VaultError.sealsSpent(let id) {
            guard let keyring else { throw VaultError.sealsSpent(id) }
            try await keyring.accountSeals()
            return try await work()
        }
    }

    /// Asked before Zendesk is made to give tokens that could not be kept.
    func maySeal() async -> Bool { await keyring?.maySeal() ?? true }

    func seal(_ tokens: TokenSet, of connection: ConnectionID, place: Place) throws -> SealedCredential {
        let access = try vault.seal(tokens.accessToken, in: place.context(connection.text, "access_token"))
        let refresh = try tokens.refreshToken.map { token in
            try vault.seal(token, in: place.context(connection.text, "refresh_token"))
        }
        // A promotion between the two: the row has one key id, so both are sealed anew.
        if let refresh, refresh.keyID != access.keyID { return try seal(tokens, of: connection, place: place) }
        return SealedCredential(
            connection: connection, generation: place.generation, accessToken: access.bytes,
            refreshToken: refresh?.bytes, keyID: access.keyID.description)
    }

    /// The access token; the refresh token has a way of its own, which only renewal takes.
    func openAccessToken(_ credential: SealedCredential, place: Place) throws -> Secret {
        let record = try SealedRecord(parsing: credential.accessToken)
        return try vault.open(record, in: place.context(credential.connection.text, "access_token"))
    }

    /// The same tokens under the primary key of now.
    func resealed(_ credential: SealedCredential, place: Place) throws -> SealedCredential {
        let tokens = TokenSet(
            accessToken: try openAccessToken(credential, place: place),
            refreshToken: try openRefreshToken(credential, place: place), scope: nil, expiresIn: nil,
            refreshTokenExpiresIn: nil)
        return try seal(tokens, of: credential.connection, place: place)
    }

    /// Taken by renewal alone.
    func openRefreshToken(_ credential: SealedCredential, place: Place) throws -> Secret? {
        try credential.refreshToken.map { sealed in
            let context = place.context(credential.connection.text, "refresh_token")
            return try vault.open(try SealedRecord(parsing: sealed), in: context)
        }
    }

    func sealVerifier(_ verifier: Secret, of pending: PendingAuthorizationID, place: Place) throws -> SealedRecord {
        try vault.seal(verifier, in: place.verifierContext(pending))
    }

    func openVerifier(_ sealed: [UInt8], of pending: PendingAuthorizationID, place: Place) throws -> Secret {
        try vault.open(try SealedRecord(parsing: sealed), in: place.verifierContext(pending))
    }

    func sealRevocation(_ token: Secret, of revocation: RevocationID, place: Place) throws -> SealedRecord {
        try vault.seal(token, in: place.revocationContext(revocation))
    }

    func openRevocation(_ revocation: PendingRevocation) throws -> Secret {
        let place = Place(
            tenant: revocation.tenant, subdomain: revocation.subdomain, generation: revocation.generation)
        return try vault.open(
            try SealedRecord(parsing: revocation.accessToken), in: place.revocationContext(revocation.id))
    }

    func sealWebhookSecret(_ secret: Secret, of id: WebhookEndpointID, tenant: TenantID) throws -> SealedRecord {
        try vault.seal(secret, in: Self.webhookContext(id, tenant))
    }

    func openWebhookSecret(of endpoint: WebhookEndpoint) throws -> Secret {
        try vault.open(
            try SealedRecord(parsing: endpoint.secret), in: Self.webhookContext(endpoint.id, endpoint.tenant))
    }

    /// A receiver belongs to no organization, and its secret never changes.
    private static func webhookContext(_ id: WebhookEndpointID, _ tenant: TenantID) -> SealingContext {
        SealingContext(
            tenant: tenant.text, table: "webhook_endpoints", row: id.text, column: "secret", generation: 0,
            organization: "")
    }

    /// What a record is bound to besides row and column.
    struct Place {
        let tenant: TenantID
        let subdomain: String
        let generation: UInt64

        func context(_ row: String, _ column: String) -> SealingContext {
            SealingContext(
                tenant: tenant.text, table: "credentials", row: row, column: column, generation: generation,
                organization: subdomain)
        }

        func revocationContext(_ revocation: RevocationID) -> SealingContext {
            SealingContext(
                tenant: tenant.text, table: "pending_revocations", row: revocation.text, column: "access_token",
                generation: generation, organization: subdomain)
        }

        func verifierContext(_ pending: PendingAuthorizationID) -> SealingContext {
            SealingContext(
                tenant: tenant.text, table: "pending_authorizations", row: pending.text, column: "verifier",
                generation: generation, organization: subdomain)
        }
    }
}

extension Connection {
    var place: CredentialVault.Place {
        CredentialVault.Place(tenant: tenant, subdomain: subdomain, generation: generation)
    }
}

extension PendingAuthorization {
    var place: CredentialVault.Place {
        CredentialVault.Place(tenant: tenant, subdomain: subdomain, generation: 0)
    }
}
