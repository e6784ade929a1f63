/// Why a live connection is not well, or needs somebody's authorization: its status reason in the database, in the API and in
/// events. What ended connections say of their tokens is the business of whoever revokes them.
package enum StatusReason: String, Sendable, CaseIterable {
    /// Zendesk refuses the grant: it was revoked, or the person is gone.
    case grantRejected = "grant.rejected"
    /// Zendesk rotated, and its answer never arrived.
    case answerLost = "refresh.answer_lost"
    case refreshTokenExpired = "refresh_token.expired"
    case refreshTokenMissing = "refresh_token.missing"
    /// The database went back in time, and the tokens in it are dead.
    case olderThanLog = "token.older_than_log"
    /// A request with the refresh token left, and nobody knows what came of it.
    case inDoubt = "refresh.in_doubt"
    /// Nobody has answered at its address of late.
    case organizationUnreachable = "organization.unreachable"
}
