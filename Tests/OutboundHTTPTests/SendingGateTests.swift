import GatewayCore
import NIOCore
import NIOEmbedded
import Testing

@testable import OutboundHTTP

@Suite("The gate before the socket") struct SendingGateTests {
    /// Keeps what came back up, as the client's own handler would.
    private final class Ear: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        var heard: [TransportFailure] = []

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            if let failure = error as? TransportFailure { heard.append(failure) }
        }
    }

    private static let start = ContinuousClock.now
    private static let piece = ByteBuffer(string: "refresh_token=r")

    /// A connection whose gate shuts after ten seconds, at a time of the test's own.
    private struct Line {
        let channel: EmbeddedChannel
        let ear = Ear()

        init(at seconds: @escaping () -> Int) throws {
            let gate = SendingGate(end: start + .seconds(10)) { start + .seconds(seconds()) }
            channel = EmbeddedChannel(handlers: [gate, ear])
            try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        }

        /// Whether it left.
        func send() throws -> Bool {
            let written = channel.writeAndFlush(piece)
            channel.embeddedEventLoop.run()
            let left = try channel.readOutbound(as: ByteBuffer.self)
            if left == nil { #expect(throws: TransportFailure.self) { try written.wait() } }
            return left == piece
        }
    }

    @Test func `RT-09 nothing leaves at or after the end; the connection is shut and nothing has arrived`() throws {
        for seconds in [10, 11, 3_600] {
            let line = try Line { seconds }
            let left = try line.send()
            #expect(!left && !line.channel.isActive)
            #expect(line.ear.heard == [.connectTimedOut] && !TransportFailure.connectTimedOut.mayHaveArrived)
        }
    }

    @Test func `RT-09 what began in time and goes on too late is cut off, and may have arrived`() throws {
        var seconds = 9
        let line = try Line { seconds }
        let first = try line.send()
        #expect(first && line.channel.isActive && line.ear.heard.isEmpty)
        seconds = 10
        let second = try line.send()
        #expect(!second && !line.channel.isActive && line.ear.heard == [.timedOut])
        #expect(TransportFailure.timedOut.mayHaveArrived)
    }

    @Test func `RT-09 a call whose end was settled before it began is over by then, whatever its deadline`()
        async throws
    {
        try await withServer({ conversation in
            _ = try await conversation.request()
            try await conversation.waitForEnd()
        }) { server, transport in
            var limits = OutboundLimits.quick
            limits.latestEnd = .now + .seconds(1)
            let begun = ContinuousClock.now
            let request = try server.post("a=b", limits: limits)
            let ended = await failure { () throws(TransportFailure) in try await transport.send(request) }
            #expect(ended == .timedOut && ContinuousClock.now - begun < .seconds(15))
            limits.latestEnd = .now - .seconds(1)
            let count = server.seen.requests.count
            let late = try server.post("a=b", limits: limits)
            let second = await failure { () throws(TransportFailure) in try await transport.send(late) }
            #expect(second != nil)
            #expect(server.seen.requests.count == count)
        }
    }
}
