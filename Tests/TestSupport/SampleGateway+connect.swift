package import Gateway
package import GatewayCore
package import Storage
import ZendeskEmulator

/// The steps of a browser.
extension SampleGateway {
    package enum Trouble: Error {
        case linkRefused
        /// The stand-in refused the authorization request.
        case notApproved
    }

    /// Through a fresh one-time link.
    package func signIn(
        tenant: TenantID = .default, roles: Set<ConsoleRole> = [.connect]
    ) async throws -> OpenedSession {
        let link = try await consoleAccess.createSignInLink(tenant: tenant, roles: roles, actor: .commandLine)
        guard let opened = try await consoleAccess.signIn(link: link.token, replacing: nil) else {
            throw Trouble.linkRefused
        }
        return opened
    }

    package func begin(
        _ subdomain: String = "acme", level: PermissionLevel = .readAndAct, in session: ConsoleSession,
        reauthorizing: ConnectionID? = nil
    ) async throws -> ConnectFlow.Departure {
        try await connectFlow.begin(
            ConnectFlow.Wish(
                session: session, organization: OrganizationURL(subdomain: subdomain, policy: policy),
                permissionLevel: level, returnURL: nil, reauthorizing: reauthorizing))
    }

    /// Somebody signs in at Zendesk and presses Allow: the query the browser comes back with.
    package func approve(_ departure: ConnectFlow.Departure, as email: String? = nil) throws -> String {
        guard let callback = standIn.approve(departure.location, as: email),
            let query = callback.split(separator: "?", maxSplits: 1).last
        else { throw Trouble.notApproved }
        return String(query)
    }

    /// A browser that holds the cookies of these departures comes back with this query.
    package func complete(
        _ query: String, from departures: ConnectFlow.Departure..., session: ConsoleSession? = nil
    ) async throws -> ConnectFlow.Connected {
        try await connectFlow.complete(
            ConnectFlow.Arrival(
                query: query, browser: { digest in departures.first { $0.stateDigest == digest }?.browser },
                session: session))
    }

    /// The whole way, up to the kept connection.
    @discardableResult
    package func connect(
        _ subdomain: String = "acme", level: PermissionLevel = .readAndAct, as email: String? = nil,
        in session: ConsoleSession? = nil, reauthorizing: ConnectionID? = nil
    ) async throws -> Connection {
        let session = if let session { session } else { try await signIn().session }
        let departure = try await begin(subdomain, level: level, in: session, reauthorizing: reauthorizing)
        return try await complete(try approve(departure, as: email), from: departure).connection
    }
}
