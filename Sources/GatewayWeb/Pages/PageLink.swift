/// A link to one of our own pages.
struct PageLink: Sendable {
    let text: String
    let href: String

    /// Anything that is not a plain path of ours becomes the start page: `//elsewhere` and `javascript:` are addresses too.
    init(_ text: String, path: String) {
        self.text = text
        self.href = OwnPath.checked(path)
    }
}

/// A path on this server, fit for a link.
enum OwnPath {
    static let start = "/integrations"
    /// Those of every tenant, for support.
    static let allConnections = "/connections"
    /// The diagnostics of whoever was handed a link.
    static let handedOver = "/diagnose"

    static func checked(_ path: String) -> String {
        let isPlain = path.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }
        return path.hasPrefix("/") && !path.hasPrefix("//") && isPlain ? path : start
    }

    /// The path of a connection's page, or one below it.
    static func connection(_ id: String, _ below: String = "") -> String {
        checked("/connections/\(id)\(below)")
    }
}

/// A link into an organization's own Zendesk.
struct OutsideLink: Sendable {
    let href: String
    /// Names the organization or check for people who hear the link without what stands around it.
    let about: String

    /// Nil unless it is an http or https address: a link may never run a script.
    init?(_ href: String?, about: String) {
        guard let href, href.hasPrefix("https://") || href.hasPrefix("http://") else { return nil }
        guard href.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        self.href = href
        self.about = about
    }
}
