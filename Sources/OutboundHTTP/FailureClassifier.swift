import AsyncHTTPClient
import GatewayCore
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Maps what the client and its parts throw to the closed list. Whatever is not known to be unsent counts as perhaps
/// arrived.
enum FailureClassifier {
    static func failure(of error: any Error) -> TransportFailure {
        switch error {
        case let failure as TransportFailure: failure
        case let error as HTTPClientError: failure(of: error)
        case let error as NIOSSLError: failure(of: error)
        case is NIOSSLExtraError: .certificateUntrusted
        case is NIOConnectionError: .connectionRefused
        // Only connecting is refused so; other system errors also end connections that carried the request.
        case let error as IOError where error.errnoCode == ECONNREFUSED: .connectionRefused
        // Only making a socket fails so.
        case let error as IOError where [EMFILE, ENFILE].contains(error.errnoCode): .outOfDescriptors
        case let error as ChannelError: failure(of: error)
        case is HTTPParserError: .malformedResponse
        case is CancellationError: .timedOut
        default: .closedEarly
        }
    }

    private static func failure(of error: HTTPClientError) -> TransportFailure {
        switch error {
        case .connectTimeout, .getConnectionFromPoolTimeout: .connectTimedOut
        case .tlsHandshakeTimeout: .tlsFailed
        case .deadlineExceeded, .readTimeout, .writeTimeout, .cancelled: .timedOut
        default: .closedEarly
        }
    }

    /// A handshake that fails leaves no byte of the request behind. What TLS reports later, a bad record or an alert, comes
    /// after the request (RFC 8446, section 6.2).
    private static func failure(of error: NIOSSLError) -> TransportFailure {
        switch error {
        case .noCertificateToValidate, .unableToValidateCertificate: .certificateUntrusted
        case .handshakeFailed(let reason):
            String(describing: reason).contains("CERTIFICATE_VERIFY_FAILED") ? .certificateUntrusted : .tlsFailed
        default: .closedEarly
        }
    }

    private static func failure(of error: ChannelError) -> TransportFailure {
        if case .connectTimeout = error { return .connectTimedOut }
        return .closedEarly
    }
}
