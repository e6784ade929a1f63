import FoundationEssentials
import GatewayApp

/// The demo is configured as any installation is, by the same names; of the real environment only the templates count.
struct DemoSettings {
    static let clientID = "zdg-latchkey-demo"
    static let zendeskDomain = "zendesk.localhost"

    let ports: DemoPorts
    let directory: DemoDirectory

    func settings() throws -> Settings {
        var environment = [
            "LATCHKEY_HTTP_PORT": "\(ports.http)",
            "LATCHKEY_PUBLIC_URL": ports.publicURL,
            "LATCHKEY_DATABASE_URL": "sqlite:\(directory.database)",
            "LATCHKEY_ROOT_KEY_FILE": directory.rootKeyFile,
            "LATCHKEY_ZENDESK_CLIENT_ID": Self.clientID,
            "LATCHKEY_ZENDESK_CLIENT_SECRET_FILE": directory.clientSecretFile,
            "LATCHKEY_ZENDESK_DOMAIN": "\(Self.zendeskDomain):\(ports.zendesk)",
            "LATCHKEY_ZENDESK_PLAIN_HTTP": "true",
        ]
        environment["LATCHKEY_TEMPLATES"] = ProcessInfo.processInfo.environment["LATCHKEY_TEMPLATES"]
        return try Settings(reading: SettingsSource(environment: environment, file: nil))
    }
}
