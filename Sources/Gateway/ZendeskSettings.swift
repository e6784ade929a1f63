package import GatewayCore
package import OAuth

/// How this installation presents itself to Zendesk.
package struct ZendeskSettings: Sendable {
    package let policy: HostPolicy
    package let clientID: String
    /// The exact registered address; configuration, never taken from a request (OA-05).
    package let redirectURI: String
    package let lifetimes: TokenLifetimes
    /// Read anew for each use, so that a reloaded secret file takes effect.
    package let secrets: @Sendable () -> [Secret]
    /// Learns which secret Zendesk takes.
    package let secretWatch: ClientSecretWatch?

    package init(
        policy: HostPolicy, clientID: String, redirectURI: String, lifetimes: TokenLifetimes,
        secretWatch: ClientSecretWatch? = nil, secrets: @escaping @Sendable () -> [Secret]
    ) {
        self.policy = policy
        self.clientID = clientID
        self.redirectURI = redirectURI
        self.lifetimes = lifetimes
        self.secrets = secrets
        self.secretWatch = secretWatch
    }

    var credentials: ClientCredentials {
        ClientCredentials(clientID: clientID, secrets: secrets()) { [secretWatch] position, isAccepted, isLast in
            secretWatch?.note(position: position, isAccepted: isAccepted, isLast: isLast)
        }
    }
}
