import HummingbirdCore
import HummingbirdTLS
import NIOCore
import NIOSSL

/// TLS of the public listener.
///
/// Zendesk invalidates the certificate of an account that does not pay, so one organization may be asked to show another
/// certificate than its neighbours: whichever the configuration names as failing.
struct ListenerTLS {
    let files: EmulatorConfiguration.TLSFiles
    let failing: EmulatorConfiguration.TLSFiles?
    let world: EmulatorWorld

    func builder() throws -> HTTPServerBuilder {
        let (chain, key) = try Self.load(files)
        var configuration = TLSConfiguration.makeServerConfiguration(certificateChain: chain, privateKey: key)
        configuration.minimumTLSVersion = .tlsv12
        if let failing { configuration.sslContextCallback = try Self.choice(failing, world: world) }
        return try .tls(tlsConfiguration: configuration)
    }

    private static func choice(
        _ files: EmulatorConfiguration.TLSFiles, world: EmulatorWorld
    ) throws -> NIOSSLContextCallback {
        let (chain, key) = try load(files)
        return { asked, promise in
            var other = NIOSSLContextConfigurationOverride()
            if fails(asked.serverHostname, world: world) {
                other.certificateChain = chain
                other.privateKey = key
            }
            promise.succeed(other)
        }
    }

    private static func fails(_ host: String?, world: EmulatorWorld) -> Bool {
        world.read { state in
            host.flatMap { state.subdomain(ofHost: $0.lowercased()) }
                .flatMap { state.organization(atHost: $0) }?.switches.certificateFails ?? false
        }
    }

    private static func load(
        _ files: EmulatorConfiguration.TLSFiles
    ) throws -> (chain: [NIOSSLCertificateSource], key: NIOSSLPrivateKeySource) {
        let certificates = try NIOSSLCertificate.fromPEMFile(files.certificateFile)
        let key = try NIOSSLPrivateKey(file: files.keyFile, format: .pem)
        return (certificates.map { .certificate($0) }, .privateKey(key))
    }
}
