import HummingbirdCore
package import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization

/// The listeners: one for the world, and one on loopback for the control interface if it is wanted.
package struct EmulatorServer: Service {
    package let world: EmulatorWorld
    private let configuration: EmulatorConfiguration
    private let logger: Logger
    private let onReady: @Sendable (EmulatorAddresses) async -> Void

    /// Without a world of your own, a seeded one with the configuration's clients.
    package init(
        _ configuration: EmulatorConfiguration, world: EmulatorWorld? = nil,
        logger: Logger = Logger(label: "zendesk-emulator") { _ in SwiftLogNoOpLogHandler() },
        onReady: @escaping @Sendable (EmulatorAddresses) async -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.world =
            world
            ?? .seeded(domain: configuration.domain, clients: configuration.clients, clock: configuration.clock)
        self.logger = logger
        self.onReady = onReady
    }

    /// Until cancelled or asked to stop. `onReady` is called once, when every listener is bound.
    package func run() async throws {
        let ports = BoundPorts(wantsControl: configuration.controlPort != nil)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for service in try services(ports) { group.addTask { try await service.run() } }
            try await group.waitForAll()
        }
    }

    private func services(_ ports: BoundPorts) throws -> [any Service] {
        var services = [
            try listener(publicBuilder(), host: configuration.host, port: configuration.port) { channel in
                await announce(ports.bound(port: channel.localAddress?.port))
            } answer: { request in
                await PublicListener(world: world).reply(request)
            }
        ]
        if let controlPort = configuration.controlPort {
            let control = ControlInterface(world)
            services.append(
                try listener(.http1(), host: "127.0.0.1", port: controlPort) { channel in
                    await announce(ports.bound(controlPort: channel.localAddress?.port))
                } answer: { request in
                    control.answer(request)
                })
        }
        return services
    }

    private func announce(_ addresses: EmulatorAddresses?) async {
        if let addresses { await onReady(addresses) }
    }

    private func publicBuilder() throws -> HTTPServerBuilder {
        guard let tls = configuration.tls else { return .http1() }
        return try ListenerTLS(files: tls, failing: configuration.failingTLS, world: world).builder()
    }

    private func listener(
        _ builder: HTTPServerBuilder, host: String, port: Int,
        onRunning: @escaping @Sendable (any Channel) async -> Void,
        answer: @escaping @Sendable (EmulatedRequest) async -> Answer?
    ) throws -> any Service {
        let scheme = configuration.tls == nil ? "http" : "https"
        return try builder.buildServer(
            configuration: ServerConfiguration(address: .hostname(host, port: port)),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger,
            responder: { request, writer, channel in
                let exchange = Exchange(scheme: scheme, channel: channel)
                let asked = try await exchange.read(request)
                // Throwing closes the connection without a byte of an answer.
                guard let answer = await answer(asked) else { throw DroppedConnection() }
                try await writer.write(
                    response: Exchange.head(answer, isHead: asked.method == "HEAD"),
                    body: Exchange.body(answer, isHead: asked.method == "HEAD"))
            }, onServerRunning: onRunning)
    }
}

/// Thrown to close a connection on purpose.
private struct DroppedConnection: Error {}

/// Waits until every wanted listener has its port, then hands them out once.
private final class BoundPorts: Sendable {
    private struct State {
        var port: Int?
        var controlPort: Int?
    }

    private let wantsControl: Bool
    private let state = Mutex(State())

    init(wantsControl: Bool) {
        self.wantsControl = wantsControl
    }

    func bound(port: Int? = nil, controlPort: Int? = nil) -> EmulatorAddresses? {
        state.withLock { state in
            state.port = port ?? state.port
            state.controlPort = controlPort ?? state.controlPort
            guard let port = state.port, !wantsControl || state.controlPort != nil else { return nil }
            return EmulatorAddresses(port: port, controlPort: state.controlPort)
        }
    }
}
