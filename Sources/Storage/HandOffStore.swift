package import FoundationEssentials
package import GatewayCore

/// The one hot path: a program presents its key and asks for the token of a connection.
package protocol HandOffStore: Sendable {
    /// Key, connection and sealed token as they stood together at one moment. Nil when no key that lives has this digest.
    func handOff(keyDigest: [UInt8], connection: ConnectionID) async throws -> HandOffRecord?
}

/// What one hand-off needs and no more.
package struct HandOffRecord: Sendable, Equatable {
    package let caller: APIKey.Rights
    /// Nil when there is no such connection.
    package let held: HeldToken?

    package init(caller: APIKey.Rights, held: HeldToken?) {
        self.caller = caller
        self.held = held
    }
}

extension APIKey {
    /// Who calls and what that key may do.
    package struct Rights: Sendable, Equatable {
        package let id: APIKeyID
        package let scopes: Set<APIScope>
        /// Nil: every tenant.
        package let tenant: TenantID?

        package init(id: APIKeyID, scopes: Set<APIScope>, tenant: TenantID?) {
            self.id = id
            self.scopes = scopes
            self.tenant = tenant
        }

        package func maySee(_ other: TenantID) -> Bool { tenant.map { $0 == other } ?? true }
    }

    package var rights: Rights { Rights(id: id, scopes: scopes, tenant: tenant) }
}

/// A connection's sealed access token with what decides whether it may be handed out.
package struct HeldToken: Sendable, Equatable {
    package let tenant: TenantID
    package let subdomain: String
    /// As stored: names separated by spaces, sorted.
    package let grantedScopes: String
    package let status: ConnectionStatus
    package let generation: UInt64
    package let expiresAt: Date?
    package let verdict: Verdict?
    /// Nil once erased.
    package let credential: SealedCredential?

    package init(
        tenant: TenantID, subdomain: String, grantedScopes: String, status: ConnectionStatus, generation: UInt64,
        expiresAt: Date?, verdict: Verdict?, credential: SealedCredential?
    ) {
        self.tenant = tenant
        self.subdomain = subdomain
        self.grantedScopes = grantedScopes
        self.status = status
        self.generation = generation
        self.expiresAt = expiresAt
        self.verdict = verdict
        self.credential = credential
    }
}
