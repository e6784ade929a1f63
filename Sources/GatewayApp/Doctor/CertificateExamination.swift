import FoundationEssentials
import GatewayCore
import NIOSSL

/// How long the listener's certificate is still good.
struct CertificateExamination {
    /// Whoever renews by hand needs days; whoever renews by machine does it a month before.
    static let short: TimeInterval = 21 * 24 * 60 * 60

    let source: SettingsSource
    let clock: any WallClock

    func run() -> Examination {
        let part = ExaminedPart.certificate
        guard let file = source.text(.httpTLSCertificate) else {
            return part.pass("There is none: the listener speaks plain HTTP, and whatever stands before it ends TLS.")
        }
        guard let leaf = try? NIOSSLCertificate.fromPEMFile(file).first else {
            return part.fail(
                "The file holds no readable certificate.", "Check path and permissions of \(LogText.escaped(file)).")
        }
        let begin = Date(timeIntervalSince1970: Double(leaf.notValidBefore))
        let end = Date(timeIntervalSince1970: Double(leaf.notValidAfter))
        let renew = "Put a renewed one in its place and start the gateway again."
        let now = clock.now
        if now < begin { return part.fail("The certificate is not valid before \(begin.formatted(.iso8601)).", renew) }
        if end <= now { return part.fail("The certificate ended at \(end.formatted(.iso8601)).", renew) }
        if end < now.addingTimeInterval(Self.short) {
            return part.warn("The certificate ends soon, at \(end.formatted(.iso8601)).", renew)
        }
        return part.pass("The certificate is good until \(end.formatted(.iso8601)).")
    }
}
