/// How long the two tokens of a pair live, checked.
package struct TokenLifetimes: Sendable, Equatable {
    static let accessRange: ClosedRange<Int64> = 300...172_800
    static let refreshRange: ClosedRange<Int64> = 604_800...7_776_000
    static let defaultRefresh: Int64 = 2_592_000

    /// Nil: does not expire.
    package var access: Int64?
    package var refresh: Int64
    /// Whether the request named the access token's lifetime; the answer may depend on it.
    package var accessWasAsked: Bool

    /// Nil for anything outside the documented ranges, or a refresh token that would die first.
    init?(asked access: Int64?, _ refresh: Int64?, default defaultAccess: Int64?) {
        if let access, !Self.accessRange.contains(access) { return nil }
        if let refresh, !Self.refreshRange.contains(refresh) { return nil }
        self.access = access ?? defaultAccess
        self.refresh = refresh ?? Self.defaultRefresh
        accessWasAsked = access != nil
        if let lifetime = self.access, lifetime >= self.refresh { return nil }
    }
}
