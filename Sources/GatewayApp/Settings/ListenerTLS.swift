#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif
package import NIOSSL

/// TLS as the listener speaks it: 1.2 and 1.3, with forward secrecy and authenticated encryption only.
package enum ListenerTLS {
    /// NIOSSL's own list still offers two CBC suites under TLS 1.2.
    private static let cipherSuites: [NIOTLSCipher] = [
        .TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, .TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        .TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, .TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        .TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, .TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ]

    package enum Fault: Error, Equatable {
        case certificateUnreadable, keyUnreadable, expired, mismatch

        var setting: SettingName {
            self == .keyUnreadable || self == .mismatch ? .httpTLSKey : .httpTLSCertificate
        }

        var sentence: String {
            switch self {
            case .certificateUnreadable:
                "The file holds no readable certificate in PEM form. Check path and permissions."
            case .keyUnreadable: "The file holds no readable private key in PEM form. Check path and permissions."
            case .expired: "The certificate has expired. Put a renewed one in its place."
            case .mismatch: "The private key does not belong to the certificate. Name the two files of one pair."
            }
        }
    }

    package static func configuration(
        certificateFile: String, keyFile: String
    ) throws(Fault) -> TLSConfiguration {
        guard let chain = try? NIOSSLCertificate.fromPEMFile(certificateFile), let leaf = chain.first else {
            throw .certificateUnreadable
        }
        guard let key = try? NIOSSLPrivateKey(file: keyFile, format: .pem) else { throw .keyUnreadable }
        guard leaf.notValidAfter > time(nil) else { throw .expired }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.cipherSuiteValues = cipherSuites
        guard (try? NIOSSLContext(configuration: configuration)) != nil else { throw .mismatch }
        return configuration
    }
}
