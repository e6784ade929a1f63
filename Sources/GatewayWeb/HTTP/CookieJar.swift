import Gateway
import GatewayCore
import HTTPTypes

/// The cookies that a browser presents.
///
/// A name that comes twice with different values is nobody's: a sibling host or an older tab may have planted one of them
/// (WEB-14), and picking one would be picking a session.
struct CookieJar: Sendable {
    private static let maximumBytes = 16 * 1024

    private var values: [String: String] = [:]
    private var ambiguous: Set<String> = []

    init(_ headerFields: HTTPFields) {
        let fields = headerFields[values: .cookie]
        guard fields.reduce(0, { $0 + $1.utf8.count }) <= Self.maximumBytes else { return }
        for piece in fields.flatMap({ $0.split(separator: ";") }) {
            let halves = piece.drop { $0 == " " }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard halves.count == 2 else { continue }
            add(name: String(halves[0]), value: String(halves[1]))
        }
    }

    subscript(name: String) -> String? { ambiguous.contains(name) ? nil : values[name] }

    func names(beginningWith prefix: String) -> [String] {
        values.keys.filter { $0.hasPrefix(prefix) }.sorted()
    }

    private mutating func add(name: String, value: String) {
        if let earlier = values.updateValue(value, forKey: name), earlier != value { ambiguous.insert(name) }
    }
}

/// The cookies that we set: their names and attributes.
///
/// Host-only always. `__Host-` and Secure whenever the public address is https; on plain http, which is loopback only,
/// browsers refuse both.
struct CookieRules: Sendable {
    let isHTTPS: Bool

    /// Strict: no navigation that another site begins carries the session.
    var session: String { name("latchkey-session") }

    /// What a link to diagnostics leaves in the browser. Beside a session, never in its place.
    var handOver: String { name("latchkey-diagnostics") }

    func settingHandOver(_ token: BearerToken, seconds: Int) -> String {
        "\(handOver)=\(token.secret.exposeText())\(attributes); SameSite=Strict; Max-Age=\(max(seconds, 1))"
    }

    /// Lax: the way back from Zendesk is a navigation that another site begins. One for each connect that is under way, so
    /// that two tabs do not take each other's (OA-24).
    func transaction(stateDigest: [UInt8]) -> String {
        transactionPrefix + Base64URL.encode(Array(stateDigest.prefix(9)))
    }

    var transactionPrefix: String { name("latchkey-connect-") }

    func settingSession(_ token: BearerToken) -> String {
        "\(session)=\(token.secret.exposeText())\(attributes); SameSite=Strict"
    }

    func settingTransaction(_ departure: ConnectFlow.Departure) -> String {
        "\(transaction(stateDigest: departure.stateDigest))=\(departure.browser.secret.exposeText())\(attributes)"
            + "; SameSite=Lax; Max-Age=\(Int(ConnectFlow.pendingLifetime))"
    }

    func clearing(_ name: String) -> String {
        "\(name)=\(attributes); SameSite=\(name == session ? "Strict" : "Lax"); Max-Age=0"
    }

    private var attributes: String { "; Path=/; HttpOnly" + (isHTTPS ? "; Secure" : "") }

    private func name(_ bare: String) -> String { isHTTPS ? "__Host-" + bare : bare }
}
