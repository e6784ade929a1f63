#if canImport(Glibc)
    import Glibc
#endif
package import GatewayCore
import NIOCore

/// Why the gateway cannot listen.
package struct ListenFailure: Explained {
    package let explanation: Explanation

    /// Nil when the error is about something else.
    init?(_ error: any Error, settings: ListenerSettings) {
        let place = "\(settings.host):\(settings.port)"
        guard let code = (error as? IOError)?.errnoCode else {
            guard error is SocketAddressError || error is SocketAddressError.UnknownHost else { return nil }
            explanation = Explanation(
                code: "listener.unknown_host", message: "The host of \(place) is not an address of this machine.",
                remedy: "Set LATCHKEY_HTTP_HOST to 127.0.0.1, 0.0.0.0 or an address of this machine.")
            return
        }
        explanation =
            switch code {
            case EADDRINUSE:
                Explanation(
                    code: "listener.port_taken", message: "Another program listens on \(place) already.",
                    remedy: "Stop it, or set LATCHKEY_HTTP_PORT to another port.")
            case EACCES, EPERM:
                Explanation(
                    code: "listener.not_permitted", message: "This user may not listen on \(place).",
                    remedy:
                        "Set LATCHKEY_HTTP_PORT to a port from 1024, or give the service the right to bind low ports.")
            default:
                Explanation(
                    code: "listener.failed", message: "The gateway cannot listen on \(place).",
                    remedy: "Check LATCHKEY_HTTP_HOST and LATCHKEY_HTTP_PORT.")
            }
    }
}
