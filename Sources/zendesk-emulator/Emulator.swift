import ArgumentParser
import Logging
import ServiceLifecycle
import UnixSignals
import ZendeskEmulator

@main
struct Emulator: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "zendesk-emulator",
        abstract:
            "A stand-in for Zendesk, for local work: sign-in, consent, tokens and the REST API of a few organizations.",
        discussion: "Organizations are at {subdomain}.{domain}. Everybody's password is the word on the sign-in page.")

    @Option(help: "Port of the stand-in; 0 picks a free one.")
    var port = 9443

    @Option(help: "Port of the control interface, on 127.0.0.1 only. Left out: no control interface.")
    var controlPort: Int?

    @Option(help: "The domain whose subdomains are the organizations.")
    var domain = "zendesk.localhost"

    @Option(name: .customLong("tls-certificate"), help: "PEM file; with --tls-key the stand-in speaks HTTPS.")
    var tlsCertificate: String?

    @Option(name: .customLong("tls-key"), help: "PEM file of the certificate's key.")
    var tlsKey: String?

    @Option(name: .customLong("failing-tls-certificate"), help: "Shown by organizations switched to certificate_fails.")
    var failingTLSCertificate: String?

    @Option(name: .customLong("failing-tls-key"), help: "PEM file of that certificate's key.")
    var failingTLSKey: String?

    @Option(name: .customLong("client-id"), help: "Identifier of the OAuth client that every organization knows.")
    var clientIdentifier = "zdg-latchkey"

    @Option(help: "File with the client's secret in its first line. Left out: a secret is made and printed.")
    var clientSecretFile: String?

    @Option(name: .customLong("redirect-uri"), help: "Registered redirect URI, compared exactly. Repeatable.")
    var redirectURIs: [String] = []

    @Flag(help: "The client is public: no secret, proof key required.")
    var publicClient = false

    func validate() throws {
        guard (tlsCertificate == nil) == (tlsKey == nil),
            (failingTLSCertificate == nil) == (failingTLSKey == nil)
        else { throw ValidationError("A certificate and its key go together.") }
    }

    func run() async throws {
        let client = try ClientChoice(self).client
        let configuration = EmulatorConfiguration(
            port: port, domain: domain, tls: tlsFiles,
            failingTLS: Self.files(failingTLSCertificate, failingTLSKey), controlPort: controlPort, clients: [client])
        let scheme = tlsFiles == nil ? "http" : "https"
        let server = EmulatorServer(configuration) { [domain] addresses in
            Greeting(scheme: scheme, domain: domain, client: client).print(addresses)
        }
        try await ServiceGroup(
            configuration: .init(
                services: [server], gracefulShutdownSignals: [.sigterm, .sigint],
                logger: Logger(label: "zendesk-emulator"))
        ).run()
    }

    private var tlsFiles: EmulatorConfiguration.TLSFiles? {
        Self.files(tlsCertificate, tlsKey)
    }

    private static func files(_ certificate: String?, _ key: String?) -> EmulatorConfiguration.TLSFiles? {
        guard let certificate, let key else { return nil }
        return .init(certificateFile: certificate, keyFile: key)
    }
}
