import Gateway
import GatewayCore
import Storage

/// A signed-in browser, and what it may see and do.
struct Visitor: Sendable {
    let token: BearerToken
    let session: ConsoleSession

    private var isConnectSession: Bool { session.connectSession != nil }
    /// An engineer, who sees every tenant and may be told about our own settings.
    var isSupport: Bool { session.roles.contains(.support) && !isConnectSession }

    /// May start a connect.
    var mayConnect: Bool { isConnectSession || session.roles.contains(.connect) }

    /// May see the tenant's list. The holder of a connect session's link sees one connection only.
    var mayList: Bool { !isConnectSession && (session.roles.contains(.connect) || isSupport) }

    /// Keys, rotation and evidence; never a connection's page by that alone.
    var maySecure: Bool { session.roles.contains(.security) && !isConnectSession }

    /// Where the visitor may go from the head of every page.
    var areas: [PageArea] {
        (mayList ? [PageArea.integrations] : []) + (isSupport ? [.connections] : []) + (maySecure ? [.security] : [])
    }

    /// Support sees every tenant; everybody else their own, and the holder of a connect session's link only its one.
    func maySee(_ connection: Connection) -> Bool {
        isSupport || mayAct(on: connection)
    }

    func mayAct(on connection: Connection) -> Bool {
        guard mayConnect, connection.tenant == session.tenant else { return false }
        return session.connectSession.map { $0.connection == connection.id } ?? true
    }

    /// Whose connection it is, where that is not the visitor's own tenant; for pages to say so.
    func otherTenant(of connection: Connection) -> String? {
        connection.tenant == session.tenant ? nil : connection.tenant.text
    }

    /// May make links to a connection's findings. Who came through a link makes none.
    func mayHandOver(_ connection: Connection) -> Bool { maySee(connection) && !isConnectSession }

    /// May check an organization before anybody has signed in to it.
    var mayCheckCold: Bool { mayConnect || isSupport }

    /// Running the checks changes nothing in the tenant, so support may.
    func mayDiagnose(_ connection: Connection) -> Bool { maySee(connection) }
}
