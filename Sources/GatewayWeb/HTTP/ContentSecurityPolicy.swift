import GatewayCore

/// What a page may load and where its forms may lead.
enum ContentSecurityPolicy {
    static let usual = policy(formAction: "'self'")

    /// For the page with the connect form only: Chromium applies `form-action` to the redirect that answers the form, and that
    /// redirect leads to Zendesk (WEB-03).
    static func connectForm(_ policy: HostPolicy) -> String {
        self.policy(formAction: "'self' \(policy.scheme)://*.\(policy.authority)")
    }

    /// For pages with a script of ours, which asks for findings and figures as they come.
    static let scripted = policy(formAction: "'self'", more: "script-src 'self'; connect-src 'self'; ")

    private static func policy(formAction: String, more: String = "") -> String {
        "default-src 'none'; \(more)style-src 'self'; img-src 'self'; form-action \(formAction); "
            + "frame-ancestors 'none'; base-uri 'none'"
    }
}
