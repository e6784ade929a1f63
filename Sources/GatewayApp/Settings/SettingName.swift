/// Every setting there is, by the name of its environment variable without the prefix.
package enum SettingName: String, Sendable, CaseIterable {
    case httpHost = "HTTP_HOST"
    case httpPort = "HTTP_PORT"
    case httpTLSCertificate = "HTTP_TLS_CERTIFICATE"
    case httpTLSKey = "HTTP_TLS_KEY"
    case publicURL = "PUBLIC_URL"
    case trustedProxies = "TRUSTED_PROXIES"
    case databaseURL = "DATABASE_URL"
    case databaseURLFile = "DATABASE_URL_FILE"
    case spillDirectory = "SPILL_DIRECTORY"
    case rootKeyFile = "ROOT_KEY_FILE"
    case rootKeyCredential = "ROOT_KEY_CREDENTIAL"
    case rootKeyPKCS11Module = "ROOT_KEY_PKCS11_MODULE"
    case rootKeyPKCS11Token = "ROOT_KEY_PKCS11_TOKEN"
    case rootKeyPKCS11Key = "ROOT_KEY_PKCS11_KEY"
    case rootKeyPKCS11PINFile = "ROOT_KEY_PKCS11_PIN_FILE"
    case zendeskClientID = "ZENDESK_CLIENT_ID"
    case zendeskClientSecretFile = "ZENDESK_CLIENT_SECRET_FILE"
    case zendeskDomain = "ZENDESK_DOMAIN"
    case zendeskCAFile = "ZENDESK_CA_FILE"
    case zendeskPlainHTTP = "ZENDESK_PLAIN_HTTP"
    case accessTokenLifetime = "ZENDESK_ACCESS_TOKEN_LIFETIME"
    case refreshTokenLifetime = "ZENDESK_REFRESH_TOKEN_LIFETIME"
    case egressAddresses = "EGRESS_ADDRESSES"
    case returnOrigins = "RETURN_ORIGINS"
    case webhookURL = "WEBHOOK_URL"
    case webhookSecretFile = "WEBHOOK_SECRET_FILE"
    case auditCheckpointFile = "AUDIT_CHECKPOINT_FILE"
    case keyRotationDays = "KEY_ROTATION_DAYS"
    case keyRotationEnforced = "KEY_ROTATION_ENFORCED"
    case auditCheckpointWebhookURL = "AUDIT_CHECKPOINT_WEBHOOK_URL"
    case templates = "TEMPLATES"
    case rateLimits = "RATE_LIMITS"
    case logLevel = "LOG_LEVEL"
    case logFormat = "LOG_FORMAT"

    package static let prefix = "LATCHKEY_"

    /// `LATCHKEY_HTTP_PORT`
    package var variable: String { Self.prefix + rawValue }

    init?(variable: String) {
        guard variable.hasPrefix(Self.prefix) else { return nil }
        self.init(rawValue: String(variable.dropFirst(Self.prefix.count)))
    }
}
