package import FoundationEssentials
package import GatewayCore
package import Storage

/// Gives a live access token of a connection to whoever needs one in this process, renewing it first where it must.
package struct TokenBroker: Sendable {
    let store: any GatewayStore
    let credentials: CredentialVault
    let clock: any WallClock

    package init(store: any GatewayStore, credentials: CredentialVault, clock: any WallClock) {
        self.store = store
        self.credentials = credentials
        self.clock = clock
    }

    /// A token that lives at least `minimumLifetime` seconds more. Throws `TokenRefusal`.
    package func accessToken(for id: ConnectionID, minimumLifetime: TimeInterval = 0) async throws -> LiveToken {
        guard let connection = try await store.connection(id), connection.status != .disconnected,
            let credential = try await store.credential(of: id)
        else { throw TokenRefusal.disconnected }
        return LiveToken(
            connection: connection, token: try credentials.openAccessToken(credential, place: connection.place))
    }
}

/// An access token with the connection it belongs to, as both were when it was read.
package struct LiveToken: Sendable {
    package let connection: Connection
    package let token: Secret

    package init(connection: Connection, token: Secret) {
        self.connection = connection
        self.token = token
    }

    package var generation: UInt64 { connection.generation }
    package var expiresAt: Date? { connection.accessTokenExpiresAt }
}

/// Why there is no live token.
package enum TokenRefusal: Explained, Equatable {
    case disconnected

    package var explanation: Explanation {
        Explanation(
            code: "connection.disconnected", message: "This connection was ended; its tokens are gone.",
            remedy: "Connect the organization again.")
    }
}
