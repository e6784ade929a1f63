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

    private let resolver: any NameResolver
    private let policy = AddressPolicy()
    private let trustRoots: NIOSSLAdditionalTrustRoots?
    private let pool = Mutex<ClientPool>(ClientPool())

    /// Makes a transport; `caFile` names an additional trust root for a stand-in, which settings allow for `.localhost` only.
    package init(resolver: any NameResolver = SystemNameResolver(), caFile: String? = nil) {
        self.resolver = resolver
        trustRoots = caFile.map { .file($0) }
    }

    package func send(_ request: OutboundRequest) async throws(TransportFailure) -> OutboundResponse {
        let address = try await checkedAddress(of: request.organization)
        guard request.limits.needsFreshConnection else {
            return try await Exchange(request: request, client: pooledClient(for: request.organization, at: address))
                .run()
        }
        let client = makeClient(for: request.organization, at: address)
        let result: Result<OutboundResponse, TransportFailure>
        do {
            result = .success(try await Exchange(request: request, client: client).run())
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

    /// Resolves once and returns an address that may be connected to; the connection then uses exactly this one.
    private func checkedAddress(of organization: OrganizationURL) async throws(TransportFailure) -> ResolvedAddress {
        // RFC 6761: names under localhost are loopback, whatever a name server says.
        if organization.policy.isLocal { return .loopback }
        let addresses = try await resolver.addresses(of: organization.host)
        // One private answer among public ones is refused as a whole: the next look-up could pick it.
        guard let first = addresses.first, addresses.allSatisfy(policy.allows) else { throw .addressRefused }
        return first
    }

    private func pooledClient(for organization: OrganizationURL, at address: ResolvedAddress) -> HTTPClient {
        let (client, evicted) = pool.withLock { pool in
            pool.client(for: "\(organization.host) \(address.text)", limit: Self.maximumPooledClients) {
                makeClient(for: organization, at: address)
            }
        }
        if let evicted {
            Task { try? await evicted.shutdown() }
        }
        return client
    }

    private func makeClient(for organization: OrganizationURL, at address: ResolvedAddress) -> HTTPClient {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        if let trustRoots { tls.additionalTrustRoots = [trustRoots] }
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls,
            // Followed by default, and 307 and 308 would carry the body with its secrets to another host (OA-60).
            redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(5), read: .seconds(10)),
            decompression: .disabled)
        configuration.dnsOverride = [organization.host: address.text]
        configuration.httpVersion = .http1Only
        configuration.maximumUsesPerConnection = 1000
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }
}

/// Clients by name and address, least recently used last.
private struct ClientPool {
    private var clients: [(key: String, client: HTTPClient)] = []

    mutating func client(
        for key: String, limit: Int, make: () -> HTTPClient
    ) -> (client: HTTPClient, evicted: HTTPClient?) {
        if let index = clients.firstIndex(where: { $0.key == key }) {
            let entry = clients.remove(at: index)
            clients.insert(entry, at: 0)
            return (entry.client, nil)
        }
        let client = make()
        clients.insert((key, client), at: 0)
        guard clients.count > limit, let last = clients.popLast() else { return (client, nil) }
        return (client, last.client)
    }

    mutating func removeAll() -> [HTTPClient] {
        defer { clients = [] }
        return clients.map(\.client)
    }
}
