import Foundation
import Testing

/// A certificate for localhost, made by the system's openssl.
struct TestCertificate {
    let certificate: String
    let key: String

    var settings: [String: String] {
        ["LATCHKEY_HTTP_TLS_CERTIFICATE": certificate, "LATCHKEY_HTTP_TLS_KEY": key]
    }

    /// Days below zero make one that has expired.
    init(in scratch: Scratch, name: String, days: Int) async throws {
        certificate = "\(scratch.path)/\(name).pem"
        key = "\(scratch.path)/\(name).key"
        try await Self.openssl([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
            "/CN=localhost",
            "-addext", "subjectAltName=DNS:localhost", "-days", "2", "-keyout", key, "-out", certificate,
        ])
        guard days < 0 else { return }
        // `req` refuses an end in the past; signing once more does not.
        try await Self.openssl([
            "x509", "-in", certificate, "-signkey", key, "-days", "\(days)", "-out", certificate,
        ])
    }

    private static func openssl(_ arguments: [String]) async throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/openssl")
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        let program = try RunningProgram(process)
        #expect(await program.status() == 0)
    }
}
