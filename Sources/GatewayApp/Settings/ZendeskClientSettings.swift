package import OAuth

/// Who we are at Zendesk.
package struct ZendeskClientSettings: Sendable {
    /// What Zendesk grants, in seconds: five minutes to two days, and seven to ninety days.
    static let accessLifetimes = 300...172_800
    static let refreshLifetimes = 604_800...7_776_000
    /// A stand-in may be asked for tokens that end within a test.
    static let standInLifetimes = 1...7_776_000

    package let clientID: String
    /// Nil: a public client.
    package let secretFile: ClientSecretFile?
    package let lifetimes: TokenLifetimes

    init?(reading source: inout SettingsSource, isStandIn: Bool) {
        let clientID = Self.clientID(&source)
        let (secretFile, isGood) = Self.secretFile(&source)
        let access = source.number(
            .accessTokenLifetime, in: isStandIn ? Self.standInLifetimes : Self.accessLifetimes, default: 172_800)
        let refresh = source.number(
            .refreshTokenLifetime, in: isStandIn ? Self.standInLifetimes : Self.refreshLifetimes, default: 7_776_000)
        guard let clientID, isGood, let access, let refresh else { return nil }
        self.clientID = clientID
        self.secretFile = secretFile
        lifetimes = TokenLifetimes(access: access, refresh: refresh)
    }

    private static func clientID(_ source: inout SettingsSource) -> String? {
        guard let text = source.text(.zendeskClientID) else {
            source.refuse(
                .zendeskClientID,
                "This is required. Set it to the OAuth client's unique identifier, from Zendesk's Admin Center.")
            if source.text(.zendeskClientSecretFile) == nil {
                source.refuse(
                    .zendeskClientSecretFile,
                    "This is required unless the OAuth client is public. Set it to a file with the client's secret.")
            }
            return nil
        }
        // RFC 6749, appendix A.1: visible characters.
        guard text.utf8.count <= 200, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            source.refuse(.zendeskClientID, "This must be the client's unique identifier, without spaces.")
            return nil
        }
        return text
    }

    private static func secretFile(_ source: inout SettingsSource) -> (ClientSecretFile?, isGood: Bool) {
        guard let path = source.text(.zendeskClientSecretFile) else { return (nil, true) }
        do {
            return (try ClientSecretFile(path: path), true)
        } catch {
            source.refuse(.zendeskClientSecretFile, error.sentence)
            return (nil, false)
        }
    }
}
