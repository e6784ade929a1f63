package import GatewayCore
package import NIOSSL

/// Where the gateway listens, and under which address browsers see it.
package struct ListenerSettings: Sendable {
    package let host: String
    package let port: Int
    /// Nil: plain HTTP.
    package let tls: TLSConfiguration?
    package let publicOrigin: WebOrigin
    /// The proxies in front of us, whose word is taken for where a request comes from.
    package let trustedProxies: [IPRange]

    package var isLoopback: Bool { WebOrigin.isLoopback(host) }

    /// Somebody else ends TLS, and nobody said who: then all requests seem to come from there.
    var isBehindUnknownProxy: Bool { tls == nil && publicOrigin.isHTTPS && trustedProxies.isEmpty }

    init?(reading source: inout SettingsSource) {
        let host = source.text(.httpHost) ?? "127.0.0.1"
        if !Self.isHost(host) {
            source.refuse(.httpHost, "This must be an IP address, or a host name of this machine.")
        }
        let port = source.number(.httpPort, in: 1...65_535, default: 8080)
        let (tls, hasTLS) = Self.tls(&source)
        let origin = Self.publicOrigin(&source, port: port ?? 8080, hasTLS: hasTLS)
        let proxies = Self.trustedProxies(&source)
        guard let port, let origin, Self.isHost(host) else { return nil }
        self.host = host
        self.port = port
        self.tls = tls
        publicOrigin = origin
        trustedProxies = proxies
    }

    private static func trustedProxies(_ source: inout SettingsSource) -> [IPRange] {
        let ranges = source.ranges(.trustedProxies)
        if ranges.contains(where: { $0.prefixLength == 0 }) {
            source.refuse(
                .trustedProxies,
                "This trusts everybody, so that anybody could say where they come from. Name the proxies.")
        }
        return ranges
    }

    /// An address, or a name and nothing more.
    private static func isHost(_ host: String) -> Bool {
        IPRange(host)?.isSingleAddress == true || (try? WebOrigin(parsing: "http://\(host)"))?.host == host.lowercased()
    }

    private static func tls(_ source: inout SettingsSource) -> (TLSConfiguration?, wanted: Bool) {
        switch (source.text(.httpTLSCertificate), source.text(.httpTLSKey)) {
        case (nil, nil): return (nil, false)
        case (_?, nil):
            source.refuse(.httpTLSKey, "The certificate is set without its key. Set both, or neither.")
            return (nil, true)
        case (nil, _?):
            source.refuse(.httpTLSCertificate, "The key is set without its certificate. Set both, or neither.")
            return (nil, true)
        case (let certificate?, let key?):
            do {
                return (try ListenerTLS.configuration(certificateFile: certificate, keyFile: key), true)
            } catch {
                source.refuse(error.setting, error.sentence)
                return (nil, true)
            }
        }
    }

    /// Unset, it follows the listener, so that a first start on another port needs one setting and not two.
    private static func publicOrigin(
        _ source: inout SettingsSource, port: Int, hasTLS: Bool
    ) -> WebOrigin? {
        let text = source.text(.publicURL) ?? "\(hasTLS ? "https" : "http")://localhost:\(port)"
        do {
            let origin = try WebOrigin(parsing: text)
            if !origin.isHTTPS, !origin.isLoopback {
                source.refuse(
                    .publicURL, "Outside of this machine this must begin with https://: cookies and codes travel there."
                )
            }
            if !origin.isHTTPS, hasTLS {
                source.refuse(.publicURL, "The listener speaks HTTPS, so this must begin with https://.")
            }
            return origin
        } catch {
            source.refuse(.publicURL, error.sentence)
            return nil
        }
    }
}
