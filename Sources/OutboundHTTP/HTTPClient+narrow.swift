import AsyncHTTPClient
import NIOCore
import NIOSSL

extension HTTPClient.Configuration {
    /// To one host at one checked address, over verified TLS, and nowhere else. `trustRoots` are for stand-ins and receivers
    /// on this machine.
    static func narrow(
        host: String, address: ResolvedAddress, trustRoots: NIOSSLAdditionalTrustRoots?, connect: Duration,
        idle: Duration
    ) -> HTTPClient.Configuration {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        if let trustRoots { tls.additionalTrustRoots = [trustRoots] }
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls,
            // Followed by default, and 307 and 308 would carry the body with its secrets to another host (OA-60).
            redirectConfiguration: .disallow,
            timeout: .init(connect: TimeAmount(connect), read: TimeAmount(idle)),
            decompression: .disabled)
        configuration.dnsOverride = [host: address.text]
        // Retried by default until the deadline, which then hides why it failed and that nothing was sent.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.httpVersion = .http1Only
        return configuration
    }
}
