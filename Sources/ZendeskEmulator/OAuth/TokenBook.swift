package import FoundationEssentials

/// All tokens of one organization.
///
/// Rotation is one step: the old pair is gone before the new one is handed back, so that an answer lost on its way
/// loses the grant. A refresh token that comes a second time kills everything that descends from the same
/// authorization: the facts say only that it fails, and this is the harsher reading.
package struct TokenBook: Sendable {
    package private(set) var records: [Int64: TokenRecord] = [:]
    package private(set) var counters = TokenCounters()
    private var byAccessToken: [String: Int64] = [:]
    private var byRefreshToken: [String: Int64] = [:]
    private var spentRefreshTokens: [String: Int64] = [:]
    private var nextID: Int64

    init(firstID: Int64) {
        nextID = firstID
    }

    mutating func issue(
        _ order: TokenOrder, style: TokenStyle, moment: Moment, family: Int64? = nil
    ) -> TokenRecord {
        let id = nextID
        nextID += 1
        let record = TokenRecord(
            id: id, clientIdentifier: order.client.identifier, clientNumber: order.client.number,
            userID: order.userID, scopes: order.scopes,
            accessToken: TokenText.access(style, order: order, id: id, moment: moment),
            refreshToken: order.isRefreshable ? moment.random.hex(32) : nil, createdAt: moment.now,
            expiresAt: order.lifetimes.access.map { moment.now.addingTimeInterval(Double($0)) },
            refreshTokenExpiresAt: order.isRefreshable
                ? moment.now.addingTimeInterval(Double(order.lifetimes.refresh)) : nil,
            usedAt: nil, family: family ?? id, provedByKey: order.provedByKey)
        records[id] = record
        byAccessToken[record.accessToken] = id
        if let refreshToken = record.refreshToken { byRefreshToken[refreshToken] = id }
        counters.issued += 1
        return record
    }

    /// The record behind an access token that opens doors now.
    package func live(accessToken: String, at now: Date) -> TokenRecord? {
        byAccessToken[accessToken].flatMap { records[$0] }.flatMap { $0.isLive(at: now) ? $0 : nil }
    }

    package func record(refreshToken: String) -> TokenRecord? {
        byRefreshToken[refreshToken].flatMap { records[$0] }
    }

    /// Counts and punishes a second use. True when the token had been used before.
    mutating func punishSecondUse(of refreshToken: String) -> Bool {
        guard let family = spentRefreshTokens[refreshToken] else { return false }
        counters.doubleUses += 1
        revoke(family: family)
        return true
    }

    mutating func rotate(
        _ old: TokenRecord, order: TokenOrder, style: TokenStyle, moment: Moment
    ) -> TokenRecord {
        if let refreshToken = old.refreshToken { spentRefreshTokens[refreshToken] = old.family }
        forget(old)
        counters.rotations += 1
        return issue(order, style: style, moment: moment, family: old.family)
    }

    mutating func markUsed(_ id: Int64, at now: Date) {
        records[id]?.usedAt = now
    }

    /// Both tokens of the record end at once. False when there is no such record.
    @discardableResult
    package mutating func revoke(id: Int64) -> Bool {
        guard let record = records[id] else { return false }
        forget(record)
        counters.revocations += 1
        return true
    }

    package mutating func revoke(family: Int64) {
        for record in records.values where record.family == family { revoke(id: record.id) }
    }

    package mutating func revokeAll(of userID: Int64? = nil, client: String? = nil) {
        for record in records.values
        where (userID ?? record.userID) == record.userID
            && (client ?? record.clientIdentifier) == record.clientIdentifier
        {
            revoke(id: record.id)
        }
    }

    mutating func countReplayedCode() {
        counters.replayedCodes += 1
    }

    private mutating func forget(_ record: TokenRecord) {
        records[record.id] = nil
        byAccessToken[record.accessToken] = nil
        if let refreshToken = record.refreshToken { byRefreshToken[refreshToken] = nil }
    }
}

/// What happened to the tokens of one organization since the last reset.
package struct TokenCounters: Sendable, Equatable {
    package var issued = 0
    package var rotations = 0
    /// Refresh tokens presented after they had been spent: a client that races with itself shows here.
    package var doubleUses = 0
    package var replayedCodes = 0
    package var revocations = 0

    package static func + (left: TokenCounters, right: TokenCounters) -> TokenCounters {
        var sum = left
        sum.issued += right.issued
        sum.rotations += right.rotations
        sum.doubleUses += right.doubleUses
        sum.replayedCodes += right.replayedCodes
        sum.revocations += right.revocations
        return sum
    }
}
