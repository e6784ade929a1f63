import Crypto
import FoundationEssentials
package import GatewayCore

/// What events are signed with, by the Standard Webhooks scheme: `whsec_` and 24 to 64 octets in base64.
package struct WebhookSecret: Sendable {
    private static let prefix = "whsec_"

    /// The octets of the key.
    private let key: Secret

    package init(random: any RandomSource) {
        key = Secret(random.bytes(32))
    }

    package init?(_ secret: Secret) {
        let text = secret.exposeText()
        guard text.hasPrefix(Self.prefix), let octets = Data(base64Encoded: String(text.dropFirst(Self.prefix.count))),
            (24...64).contains(octets.count)
        else { return nil }
        key = Secret(octets)
    }

    /// As receivers keep it.
    package var text: Secret {
        key.exposeBytes { span in
            unsafe span.withUnsafeBytes { unsafe Secret(Self.prefix + Data($0).base64EncodedString()) }
        }
    }

    /// `v1,` and the MAC of id, timestamp and body with full stops between them.
    package func signature(of body: [UInt8], id: String, timestamp: Int64) -> String {
        let key = key.exposeBytes { span in unsafe span.withUnsafeBytes { unsafe SymmetricKey(data: $0) } }
        let content = Array("\(id).\(timestamp).".utf8) + body
        let mac = HMAC<SHA256>.authenticationCode(for: content, using: key)
        return "v1," + Data(mac).base64EncodedString()
    }
}
