import GatewayCore
import NIOCore

/// Lets nothing of a request out once its time is over. It stands next to the socket, behind TLS and behind every queue.
///
/// A process that was stopped while it connected goes on where it was, before any timer of its own fires, when everybody else
/// has given up on the request and another process may have sent the same token (RT-09).
final class SendingGate: ChannelOutboundHandler {
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    private let end: ContinuousClock.Instant
    private let now: () -> ContinuousClock.Instant
    private var hasSent = false

    init(end: ContinuousClock.Instant, now: @escaping () -> ContinuousClock.Instant = { .now }) {
        self.end = end
        self.now = now
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard now() < end else {
            let failure = hasSent ? TransportFailure.timedOut : .connectTimedOut
            promise?.fail(failure)
            context.fireErrorCaught(failure)
            return context.close(promise: nil)
        }
        hasSent = true
        context.write(data, promise: promise)
    }
}
