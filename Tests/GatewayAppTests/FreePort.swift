import GatewayApp
import Synchronization
import Testing

/// Ports for programs under test. From below the range that the system hands to outgoing connections, and none twice:
/// a port that is only looked at and then let go would be given to somebody else now and then.
enum FreePort {
    private static let next = Mutex(Int.random(in: 20_000..<30_000))

    static func take() throws -> Int {
        for _ in 0..<1000 {
            let candidate = next.withLock { port in
                port = port < 31_999 ? port + 1 : 20_000
                return port
            }
            if let port = LoopbackPort.bindable(candidate) { return port }
        }
        throw NoFreePort()
    }

    private struct NoFreePort: Error {}
}
