package import GatewayCore
package import ZendeskEmulator

/// A stand-in Zendesk on a free port of loopback, for as long as `body` runs.
package func withStandIn(
    _ standIn: EmulatorWorld, _ body: @escaping @Sendable (HostPolicy) async throws -> Void
) async throws {
    let (ready, announce) = AsyncStream<EmulatorAddresses>.makeStream()
    let server = EmulatorServer(EmulatorConfiguration(), world: standIn) { announce.yield($0) }
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await server.run() }
        for await addresses in ready {
            try await body(HostPolicy(parsing: "zendesk.localhost:\(addresses.port)", usesPlainHTTP: true))
            break
        }
        group.cancelAll()
        // The server ends by being cancelled.
        _ = try? await group.waitForAll()
    }
}

extension EmulatorWorld {
    /// The seeded organizations, this gateway's client, and the test's own clock.
    package static func forTests(clock: HandClock) -> EmulatorWorld {
        .seeded(
            clients: [
                EmulatorClient(
                    identifier: SampleGateway.clientID, secret: SampleGateway.clientSecret,
                    redirectURIs: [SampleGateway.redirectURI])
            ], clock: EmulatorClock { clock.now })
    }
}
