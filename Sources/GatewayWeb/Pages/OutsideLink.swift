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
