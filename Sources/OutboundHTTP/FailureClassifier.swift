import AsyncHTTPClient
import GatewayCore
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
        case is BoringSSLError, is NIOSSLExtraError: .certificateUntrusted
        case is NIOConnectionError: .connectionRefused
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

    /// A handshake that fails leaves no byte of the request behind.
    private static func failure(of error: NIOSSLError) -> TransportFailure {
        switch error {
        case .uncleanShutdown: .closedEarly
        case .handshakeFailed(let reason):
            String(describing: reason).contains("CERTIFICATE_VERIFY_FAILED") ? .certificateUntrusted : .tlsFailed
        default: .tlsFailed
        }
    }

    private static func failure(of error: ChannelError) -> TransportFailure {
        if case .connectTimeout = error { return .connectTimedOut }
        return .closedEarly
    }
}
