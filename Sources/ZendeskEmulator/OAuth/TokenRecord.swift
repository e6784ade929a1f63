package import FoundationEssentials

/// One issued pair: Zendesk keeps access and refresh token as one record with one id.
package struct TokenRecord: Sendable, Equatable {
    package let id: Int64
    package let clientIdentifier: String
    package let clientNumber: Int64
    package let userID: Int64
    package let scopes: [String]
    package let accessToken: String
    package let refreshToken: String?
    package let createdAt: Date
    package let expiresAt: Date?
    package let refreshTokenExpiresAt: Date?
    package var usedAt: Date?
    /// Every pair that descends from one authorization.
    package let family: Int64
    /// Whether the grant was made with a proof key: then a confidential client may refresh without its secret.
    package let provedByKey: Bool

    func isLive(at now: Date) -> Bool {
        expiresAt.map { now < $0 } ?? true
    }

    func isRefreshable(at now: Date) -> Bool {
        refreshTokenExpiresAt.map { now < $0 } ?? false
    }
}

/// What a new pair is made for.
struct TokenOrder: Sendable {
    var client: EmulatorClient
    var userID: Int64
    var scopes: [String]
    var lifetimes: TokenLifetimes
    var provedByKey: Bool
    /// False for `client_credentials`, which never refreshes.
    var isRefreshable = true
}
