import AsyncHTTPClient
package import GatewayCore
import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// The real transport. One client per checked address, so that a pooled connection never serves another name (URL-38).
package final class OrganizationTransport: HTTPTransport {
    /// More clients than this and the least recently used one is closed.
    static let maximumPooledClients = 64
    /// For calls of our own, whose answers are short.
    static let idleLimit = Duration.seconds(10)

    private let resolver: any NameResolver
    private let policy = AddressPolicy()
    private let trustRoots: NIOSSLAdditionalTrustRoots?
    private let connectLimit: Duration
    private let pool = Mutex<ClientPool>(ClientPool())

    /// Makes a transport; `caFile` names an additional trust root for a stand-in, used below `.localhost` only.
    /// `connectLimit` bounds connecting, handshake included.
    package init(
        resolver: any NameResolver = SystemNameResolver(), caFile: String? = nil, connectLimit: Duration = .seconds(5)
    ) {
        self.resolver = resolver
        self.connectLimit = connectLimit
        trustRoots = caFile.map { .file($0) }
    }

    package func send(_ request: OutboundRequest) async throws(TransportFailure) -> OutboundResponse {
        let end = request.limits.end(from: .now)
        let organization = request.organization
        let address = try await checkedAddress(of: organization, before: end)
        guard request.limits.needsFreshConnection else {
            let client = pooledClient(for: organization, at: address)
            defer { pool.withLock { $0.giveBack(client) } }
            return try await Exchange(request: request, client: client, end: end).run()
        }
        let client = makeClient(for: organization, at: address, sendingUntil: end)
        let result: Result<OutboundResponse, TransportFailure>
        do {
            result = .success(try await Exchange(request: request, client: client, end: end).run())
        } catch {
            result = .failure(error)
        }
        try? await client.shutdown()
        return try result.get()
    }

    /// Closes every pooled connection.
    package func shutdown() async {
        let clients = pool.withLock { $0.removeAll() }
        for client in clients { try? await client.shutdown() }
    }

    func checkedAddress(
        of organization: OrganizationURL, before end: ContinuousClock.Instant
    ) async throws(TransportFailure) -> ResolvedAddress {
        // RFC 6761: names under localhost are loopback, whatever a name server says.
        if organization.policy.isLocal { return .loopback }
        return try await policy.checkedAddress(of: organization.host, using: resolver, before: end)
    }

    /// For a call that passes its bodies on; it waits longer for each piece than a call of our own.
    func borrow(for organization: OrganizationURL, at address: ResolvedAddress, idleLimit: Duration) -> ClientLoan {
        ClientLoan(pooledClient(for: organization, at: address, idleLimit: idleLimit)) { client in
            self.pool.withLock { $0.giveBack(client) }
        }
    }

    private func pooledClient(
        for organization: OrganizationURL, at address: ResolvedAddress,
        idleLimit: Duration = OrganizationTransport.idleLimit
    ) -> HTTPClient {
        let (client, evicted) = pool.withLock { pool in
            pool.borrow("\(organization.host) \(address.text) \(idleLimit)", limit: Self.maximumPooledClients) {
                makeClient(for: organization, at: address, idleLimit: idleLimit)
            }
        }
        for idle in evicted { Task { try? await idle.shutdown() } }
        return client
    }

    private func makeClient(
        for organization: OrganizationURL, at address: ResolvedAddress,
        idleLimit: Duration = OrganizationTransport.idleLimit, sendingUntil end: ContinuousClock.Instant? = nil
    ) -> HTTPClient {
        var configuration = HTTPClient.Configuration.narrow(
            host: organization.host, address: address, trustRoots: organization.policy.isLocal ? trustRoots : nil,
            connect: connectLimit, idle: idleLimit)
        configuration.maximumUsesPerConnection = 1000
        // Streamed calls last long; how many of them run at once is bounded before they come here.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 32
        if let end {
            configuration.http1_1ConnectionDebugInitializer = { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(SendingGate(end: end), position: .first)
                }
            }
        }
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }
}

/// Clients by name and address, least recently used last. One with a call under way is never evicted: closing it would end
/// the call.
private struct ClientPool {
    private var entries: [(key: String, client: HTTPClient, calls: Int)] = []

    mutating func borrow(
        _ key: String, limit: Int, make: () -> HTTPClient
    ) -> (client: HTTPClient, evicted: [HTTPClient]) {
        var entry = (key: key, client: nil as HTTPClient?, calls: 0)
        if let index = entries.firstIndex(where: { $0.key == key }) {
            let known = entries.remove(at: index)
            entry = (key, known.client, known.calls)
        }
        let client = entry.client ?? make()
        entries.insert((key, client, entry.calls + 1), at: 0)
        return (client, evict(beyond: limit))
    }

    mutating func giveBack(_ client: HTTPClient) {
        guard let index = entries.firstIndex(where: { $0.client === client }) else { return }
        entries[index].calls -= 1
    }

    private mutating func evict(beyond limit: Int) -> [HTTPClient] {
        var evicted: [HTTPClient] = []
        while entries.count > limit, let index = entries.lastIndex(where: { $0.calls == 0 }) {
            evicted.append(entries.remove(at: index).client)
        }
        return evicted
    }

    mutating func removeAll() -> [HTTPClient] {
        defer { entries = [] }
        return entries.map(\.client)
    }
}
