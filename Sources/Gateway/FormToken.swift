package import FoundationEssentials
package import GatewayCore
package import Storage

/// The anti-forgery token of a form: good once, for one session, one purpose and a limited time.
///
/// `nonce.expiry.mac`, the MAC keyed by the session's own token, so that nothing is stored until a form comes back; the
/// store then remembers the nonce, so that the same form cannot be sent twice (WEB-17).
package struct FormTokens: Sendable {
    package static let lifetime: TimeInterval = 2 * 60 * 60

    let store: any GatewayStore
    let clock: any WallClock
    let random: any RandomSource

    package init(store: any GatewayStore, clock: any WallClock, random: any RandomSource) {
        self.store = store
        self.clock = clock
        self.random = random
    }

    package func issue(for session: BearerToken, purpose: String) -> String {
        let nonce = Base64URL.encode(random.bytes(16))
        let expiry = Int64(clock.now.timeIntervalSince1970 + Self.lifetime)
        return "\(nonce).\(expiry).\(mac(nonce, expiry, purpose, session))"
    }

    /// True once for each token issued to this session for this purpose.
    package func use(_ text: String, for session: BearerToken, purpose: String) async throws -> Bool {
        let pieces = text.split(separator: ".", omittingEmptySubsequences: false)
        guard text.utf8.count <= 200, pieces.count == 3, let expiry = Int64(pieces[1]), String(expiry) == pieces[1]
        else {
            return false
        }
        let nonce = String(pieces[0])
        guard ConstantTime.equal(Array(mac(nonce, expiry, purpose, session).utf8), Array(pieces[2].utf8)) else {
            return false
        }
        let expiresAt = Date(timeIntervalSince1970: TimeInterval(expiry))
        guard clock.now < expiresAt else { return false }
        return try await store.useFormToken(digest: Digest.sha256(of: Secret(nonce)), expiresAt: expiresAt)
    }

    private func mac(_ nonce: String, _ expiry: Int64, _ purpose: String, _ session: BearerToken) -> String {
        Base64URL.encode(Digest.hmac("form 1 \(purpose) \(nonce) \(expiry)", key: session.secret))
    }
}
