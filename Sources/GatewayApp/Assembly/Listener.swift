import GatewayWeb
import Hummingbird
import HummingbirdCore
import HummingbirdHTTP2
import Logging
import NIOCore

/// The web server: limits, time-outs, and plain HTTP or TLS.
struct Listener {
    /// A connection that says nothing for this long is closed; a slow sender of headers counts as saying nothing.
    static let idleTimeout: TimeAmount = .seconds(60)
    static let maximumHeaderField = 16 * 1024
    static let maximumHeaders = 32 * 1024
    static let maximumHeaderCount = 100
    static let maximumConnections = 4096
    /// Files that are not connections of ours: database, log, Zendesk.
    static let filesForOthers = 128

    let settings: ListenerSettings
    let router: Router<GatewayContext>
    let logger: Logger
    let onRunning: @Sendable (Int) async -> Void

    func application() throws -> some ApplicationProtocol {
        let files = OpenFileLimit.raise(to: Self.maximumConnections + Self.filesForOthers)
        let connections = max(16, min(Self.maximumConnections, files - Self.filesForOthers))
        let port = settings.port
        return Application(
            router: router, server: try server(),
            configuration: ApplicationConfiguration(
                address: .hostname(settings.host, port: port), serverName: nil, backlog: 512,
                availableConnectionsDelegate: MaximumAvailableConnections(connections)),
            onServerRunning: { [onRunning] channel in await onRunning(channel.localAddress?.port ?? port) },
            logger: logger)
    }

    private func server() throws -> HTTPServerBuilder {
        let http1 = HTTP1Channel.Configuration(
            additionalChannelHandlers: [SlowReaderGuard()], idleTimeout: Self.idleTimeout,
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: Self.maximumHeaderField, maxHeaderListSize: Self.maximumHeaders,
                maxHeaderFieldCount: Self.maximumHeaderCount))
        guard let tls = settings.tls else { return .http1(configuration: http1) }
        return try .http2Upgrade(
            tlsConfiguration: tls,
            configuration: HTTP2ChannelConfiguration(
                idleTimeout: .seconds(60), gracefulCloseTimeout: .seconds(10), maxAgeTimeout: .seconds(3600),
                streamConfiguration: http1))
    }
}
