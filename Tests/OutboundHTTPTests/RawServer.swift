import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS
import Synchronization

/// A server that says exactly what a test wants it to say, octet by octet, over TCP or TLS.
final class RawServer: Sendable {
    /// What was seen, across all connections.
    struct Seen: Sendable {
        var connections = 0
        var requests: [String] = []
        var serverNames: [String?] = []
    }

    let port: Int
    private let channel: any Channel
    private let journal: Journal

    var seen: Seen { journal.seen.withLock { $0 } }

    fileprivate final class Journal: Sendable {
        let seen = Mutex(Seen())
    }

    private init(channel: any Channel, journal: Journal) throws {
        self.channel = channel
        self.journal = journal
        port = channel.localAddress?.port ?? 0
    }

    static func start(
        tls: TLSConfiguration? = nil, _ script: @escaping @Sendable (Conversation) async throws -> Void
    ) async throws -> RawServer {
        let journal = Journal()
        let context = try tls.map { try NIOSSLContext(configuration: $0) }
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { child in
                child.eventLoop.makeCompletedFuture {
                    journal.seen.withLock { $0.connections += 1 }
                    let raw = RawWriter()
                    try child.pipeline.syncOperations.addHandler(raw)
                    if let context {
                        let names = ByteToMessageHandler(
                            SNIHandler { result in
                                var name: String?
                                if case .hostname(let text) = result { name = text }
                                journal.seen.withLock { $0.serverNames.append(name) }
                                return child.eventLoop.makeSucceededVoidFuture()
                            })
                        try child.pipeline.syncOperations.addHandlers([names, NIOSSLServerHandler(context: context)])
                    }
                    let wrapped = try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: child,
                        configuration: .init(isOutboundHalfClosureEnabled: false))
                    let bound = NIOLoopBound(raw, eventLoop: child.eventLoop)
                    Task { try await RawServer.serve(wrapped, raw: bound, journal, script) }
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return try RawServer(channel: channel, journal: journal)
    }

    private static func serve(
        _ channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>, raw: NIOLoopBound<RawWriter>, _ journal: Journal,
        _ script: @Sendable (Conversation) async throws -> Void
    ) async throws {
        try await channel.executeThenClose { inbound, outbound in
            let conversation = Conversation(
                inbound: inbound.makeAsyncIterator(), outbound: outbound, channel: channel.channel, raw: raw
            ) { request in journal.seen.withLock { $0.requests.append(request) } }
            try await script(conversation)
        }
    }

    func stop() async { try? await channel.close() }
}

/// Stands below TLS, so that a test can put octets on the wire that no TLS layer has seen.
final class RawWriter: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    private var context: ChannelHandlerContext?

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func write(_ octets: [UInt8]) {
        guard let context else { return }
        context.writeAndFlush(NIOAny(ByteBuffer(bytes: octets)), promise: nil)
    }

    /// Cuts the connection below TLS: no `close_notify`.
    func cut() { context?.close(promise: nil) }
}

/// One connection as the script sees it.
final class Conversation {
    private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private let channel: any Channel
    private let raw: NIOLoopBound<RawWriter>
    private let record: @Sendable (String) -> Void
    private var pending = ""

    init(
        inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator,
        outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>, channel: any Channel, raw: NIOLoopBound<RawWriter>,
        record: @escaping @Sendable (String) -> Void
    ) {
        self.inbound = inbound
        self.outbound = outbound
        self.channel = channel
        self.raw = raw
        self.record = record
    }

    /// One whole request, head and body; nil when the peer has closed.
    func request() async throws -> String? {
        while true {
            if let end = pending.range(of: "\r\n\r\n") {
                let head = String(pending[..<end.lowerBound])
                let length =
                    head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
                    .flatMap { Int($0.dropFirst(15).trimmingPrefix(" ")) } ?? 0
                let body = pending[end.upperBound...]
                if body.utf8.count >= length {
                    let request = head + "\r\n\r\n" + body.prefix(length)
                    pending = String(body.dropFirst(length))
                    record(request)
                    return request
                }
            }
            guard let chunk = try await inbound.next(isolation: #isolation) else { return nil }
            pending += String(buffer: chunk)
        }
    }

    func say(_ text: String) async throws { try await outbound.write(ByteBuffer(string: text)) }
    func say(octets: [UInt8]) async throws { try await outbound.write(ByteBuffer(bytes: octets)) }

    func sayBelowTLS(_ octets: [UInt8]) async throws {
        let raw = raw
        try await channel.eventLoop.submit { raw.value.write(octets) }.get()
    }

    func cut() async throws {
        let raw = raw
        try await channel.eventLoop.submit { raw.value.cut() }.get()
    }

    /// Reads on until the peer closes, and says nothing.
    func waitForEnd() async throws { while try await inbound.next(isolation: #isolation) != nil {} }

    /// Answers every request alike.
    func answerAll(_ answer: String) async throws {
        while try await request() != nil { try await say(answer) }
    }
}
