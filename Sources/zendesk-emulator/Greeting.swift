import Glibc
import ZendeskEmulator

/// What is printed once the listeners are bound.
struct Greeting: Sendable {
    let scheme: String
    let domain: String
    let client: EmulatorClient

    func print(_ addresses: EmulatorAddresses) {
        var lines = ["Stand-in for Zendesk, for local work. Organizations:"]
        for name in ["acme", "agentville", "noguide", "fenced", "suspended", "unpaid"] {
            lines.append("  \(scheme)://\(name).\(domain):\(addresses.port)")
        }
        lines.append("Client id: \(client.identifier) (\(client.kind.rawValue))")
        if let secret = client.secret { lines.append("Client secret: \(secret)") }
        lines.append("Redirect URIs: " + client.redirectURIs.joined(separator: " "))
        if let controlPort = addresses.controlPort { lines.append("Control: http://127.0.0.1:\(controlPort)") }
        Swift.print(lines.joined(separator: "\n"))
        // A pipe is buffered as a whole, and whoever reads the addresses there waits for them.
        fflush(nil)
    }
}
