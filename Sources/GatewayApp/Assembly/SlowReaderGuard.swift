package import NIOCore

/// Hangs up on whoever takes nothing of an answer for too long (WEB-33). A reader that stands still would keep its place, and
/// behind the proxy a connection to Zendesk, for as long as it likes; the idle time-out looks at what it sends only.
package final class SlowReaderGuard: ChannelInboundHandler, RemovableChannelHandler {
    package typealias InboundIn = NIOAny

    /// The sockets' buffers hold a second or two of an answer; who drains none of it in this time does not read.
    package static let patience: TimeAmount = .seconds(15)

    private let patience: TimeAmount
    private var end: Scheduled<Void>?

    package init(patience: TimeAmount = SlowReaderGuard.patience) { self.patience = patience }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        end?.cancel()
        end = nil
        if !context.channel.isWritable {
            let loopBound = context.loopBound
            end = context.eventLoop.scheduleTask(in: patience) { loopBound.value.close(promise: nil) }
        }
        context.fireChannelWritabilityChanged()
    }

    package func handlerRemoved(context: ChannelHandlerContext) { end?.cancel() }

    package func channelInactive(context: ChannelHandlerContext) {
        end?.cancel()
        context.fireChannelInactive()
    }
}
