/// How the stand-in is reached and who it knows.
package struct EmulatorConfiguration: Sendable {
    package struct TLSFiles: Sendable {
        package var certificateFile: String
        package var keyFile: String

        package init(certificateFile: String, keyFile: String) {
            self.certificateFile = certificateFile
            self.keyFile = keyFile
        }
    }

    package var host: String
    /// 0: any free one; `onReady` tells which.
    package var port: Int
    package var domain: String
    package var tls: TLSFiles?
    /// Shown in place of `tls` by organizations whose switch `certificate_fails` is on.
    package var failingTLS: TLSFiles?
    /// Nil: no control interface.
    package var controlPort: Int?
    package var clients: [EmulatorClient]
    package var clock: EmulatorClock

    package init(
        host: String = "127.0.0.1", port: Int = 0, domain: String = "zendesk.localhost", tls: TLSFiles? = nil,
        failingTLS: TLSFiles? = nil, controlPort: Int? = nil, clients: [EmulatorClient] = [],
        clock: EmulatorClock = .system
    ) {
        self.host = host
        self.port = port
        self.domain = domain
        self.tls = tls
        self.failingTLS = failingTLS
        self.controlPort = controlPort
        self.clients = clients
        self.clock = clock
    }
}

/// The ports that were bound.
package struct EmulatorAddresses: Sendable, Equatable {
    package let port: Int
    package let controlPort: Int?
}
