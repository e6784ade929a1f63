import GatewayApp
import NIOCore
import NIOEmbedded
import Testing

@Suite("Readers that do not read (WEB-33)") struct SlowReaderTests {
    @Test("who takes nothing of an answer for fifteen seconds is hung up on")
    func standsStill() throws {
        let channel = EmbeddedChannel(handler: SlowReaderGuard())
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        becomes(channel, writable: false)
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(14_999))
        #expect(channel.isActive)
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
        #expect(!channel.isActive)
    }

    @Test("who takes a little each time is served, however long it lasts")
    func reads() throws {
        let channel = EmbeddedChannel(handler: SlowReaderGuard())
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        for _ in 0..<10 {
            becomes(channel, writable: false)
            channel.embeddedEventLoop.advanceTime(by: .seconds(14))
            becomes(channel, writable: true)
            channel.embeddedEventLoop.advanceTime(by: .seconds(3600))
        }
        #expect(channel.isActive)
        #expect(try channel.finish().isClean)
    }

    private func becomes(_ channel: EmbeddedChannel, writable: Bool) {
        channel.isWritable = writable
        channel.pipeline.fireChannelWritabilityChanged()
    }
}
