package import FoundationEssentials

/// A customer of the product that embeds the gateway.
///
/// 1 to 64 characters out of letters, digits, `-`, `_`, `.` and `:`; it travels in sealing contexts, logs and queries, so
/// nothing that needs escaping is allowed.
package struct TenantID: Sendable, Hashable, Codable, CustomStringConvertible {
    package static let `default` = TenantID(unchecked: "default")
    package static let maximumLength = 64

    package let text: String

    package init?(_ text: String) {
        guard (1...TenantID.maximumLength).contains(text.utf8.count),
            text.utf8.allSatisfy(TenantID.isAllowed)
        else { return nil }
        self.text = text
    }

    private init(unchecked text: String) { self.text = text }

    private static func isAllowed(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
            UInt8(ascii: ":"):
            true
        default: false
        }
    }

    package var description: String { text }
}

/// Names a thing of ours in URLs, logs and the database: a fixed prefix and 128 bits in lower-case base 32, all of
/// them random or all but a time in front.
package struct Identifier<Kind: IdentifierKind>: Sendable, Hashable, CustomStringConvertible {
    package let text: String

    /// Draws an identifier that nobody can guess.
    package init(random: any RandomSource) {
        text = Kind.prefix + Base32.encode(random.bytes(16))
    }

    /// Puts the milliseconds of `moment` in front and leaves 80 bits to chance. Identifiers that are drawn together are
    /// neighbours in an index: what is written often then touches few pages of it.
    package init(at moment: Date, random: any RandomSource) {
        let milliseconds = UInt64(max(0, (moment.timeIntervalSince1970 * 1000).rounded()))
        let time = stride(from: 40, through: 0, by: -8).map { UInt8(truncatingIfNeeded: milliseconds >> UInt64($0)) }
        text = Kind.prefix + Base32.encode(time + random.bytes(10))
    }

    /// Accepts exactly the form that is made here; nil for anything else.
    package init?(_ text: String) {
        let body = text.dropFirst(Kind.prefix.count)
        guard text.hasPrefix(Kind.prefix), body.utf8.count == 26, body.utf8.allSatisfy(Base32.isDigit) else {
            return nil
        }
        self.text = text
    }

    package var description: String { text }
}

package protocol IdentifierKind: Sendable {
    static var prefix: String { get }
}

package enum ConnectionKind: IdentifierKind { package static let prefix = "con_" }
package enum ConnectSessionKind: IdentifierKind { package static let prefix = "cs_" }
package enum APIKeyKind: IdentifierKind { package static let prefix = "key_" }
package enum PendingAuthorizationKind: IdentifierKind { package static let prefix = "pa_" }
package enum LeaseKind: IdentifierKind { package static let prefix = "ls_" }
package enum RevocationKind: IdentifierKind { package static let prefix = "rev_" }
package enum WebhookEndpointKind: IdentifierKind { package static let prefix = "wh_" }
package enum DiagnosticsLinkKind: IdentifierKind { package static let prefix = "dl_" }
package enum PreflightReportKind: IdentifierKind { package static let prefix = "pf_" }

package typealias ConnectionID = Identifier<ConnectionKind>
package typealias ConnectSessionID = Identifier<ConnectSessionKind>
package typealias APIKeyID = Identifier<APIKeyKind>
package typealias PendingAuthorizationID = Identifier<PendingAuthorizationKind>
package typealias DiagnosticsLinkID = Identifier<DiagnosticsLinkKind>
package typealias PreflightReportID = Identifier<PreflightReportKind>
package typealias LeaseID = Identifier<LeaseKind>
package typealias RevocationID = Identifier<RevocationKind>
package typealias WebhookEndpointID = Identifier<WebhookEndpointKind>
