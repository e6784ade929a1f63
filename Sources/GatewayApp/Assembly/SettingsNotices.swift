import GatewayCore

/// What is allowed but worth a word at every start.
enum SettingsNotices {
    static func all(_ settings: Settings) -> [String] {
        var notices: [String] = []
        if settings.listener.tls == nil, !settings.listener.isLoopback {
            notices.append(
                "The listener speaks plain HTTP beyond this machine; let only a proxy that ends TLS reach it.")
        }
        if settings.listener.isBehindUnknownProxy {
            notices.append(
                "Browsers come over https and the listener speaks plain HTTP, so a proxy stands in between, but "
                    + "LATCHKEY_TRUSTED_PROXIES does not name it: all of its visitors share the limits of one address.")
        }
        if settings.client.secretFile == nil {
            notices.append(
                "No client secret file is set: the OAuth client is taken for a public one. "
                    + "If it is confidential, set LATCHKEY_ZENDESK_CLIENT_SECRET_FILE.")
        }
        if settings.zendesk.policy.isLocal {
            notices.append("Organizations are looked for under \(settings.zendesk.policy.authority), not at Zendesk.")
        }
        if !settings.site.limitsRates { notices.append("Rate limits are off.") }
        return notices
    }
}
