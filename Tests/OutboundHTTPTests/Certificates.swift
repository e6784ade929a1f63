import Foundation
import NIOSSL

/// A certificate authority of one test's own, made by the `openssl` command, which `make certs` needs too.
struct Certificates {
    let directory = FileManager.default.temporaryDirectory.appending(path: "latchkey-ca-\(UUID().uuidString)").path

    var caFile: String { directory + "/ca.pem" }

    init() async throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        try FileManager.default.createDirectory(atPath: directory + "/new", withIntermediateDirectories: false)
        try Data().write(to: URL(filePath: directory + "/index"))
        try Data("1000\n".utf8).write(to: URL(filePath: directory + "/serial"))
        try Data(configuration.utf8).write(to: URL(filePath: directory + "/conf"))
        try await openssl(
            "req", "-x509", "-config", "conf", "-extensions", "authority", "-newkey", "ec", "-pkeyopt",
            "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Test CA",
            "-days", "30")
    }

    /// A server's settings with a certificate for `name`, valid between two dates written `YYYYMMDDHHMMSSZ`.
    func server(
        name: String = "acme.zendesk.localhost", from start: String = "20200101000000Z",
        until end: String = "20491231000000Z"
    ) async throws -> TLSConfiguration {
        try await openssl(
            "req", "-new", "-config", "conf", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", "leaf.key", "-out", "leaf.csr", "-subj", "/CN=\(name)")
        try Data("subjectAltName=DNS:\(name)\n".utf8).write(to: URL(filePath: directory + "/ext"))
        try await openssl(
            "ca", "-batch", "-config", "conf", "-in", "leaf.csr", "-out", "leaf.pem", "-startdate", start, "-enddate",
            end, "-extfile", "ext", "-notext")
        return TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(directory + "/leaf.pem").map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: directory + "/leaf.key", format: .pem)))
    }

    func remove() { try? FileManager.default.removeItem(atPath: directory) }

    private var configuration: String {
        """
        [req]
        distinguished_name = dn
        [dn]
        [authority]
        basicConstraints = critical,CA:true
        [ca]
        default_ca = own
        [own]
        database = index
        serial = serial
        new_certs_dir = new
        certificate = ca.pem
        private_key = ca.key
        default_md = sha256
        policy = any
        unique_subject = no
        [any]
        commonName = supplied
        """
    }

    private struct Failed: Error { let arguments: [String] }

    /// Waits without holding a thread: there are two for all tests together, and the deadline of another one needs them.
    private func openssl(_ arguments: String...) async throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.currentDirectoryURL = URL(filePath: directory)
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { ended in
                done.resume(with: ended.terminationStatus == 0 ? .success(()) : .failure(Failed(arguments: arguments)))
            }
            do {
                try process.run()
            } catch {
                done.resume(throwing: error)
            }
        }
    }
}
