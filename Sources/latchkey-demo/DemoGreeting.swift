import GatewayApp

/// What is printed once both listeners take requests.
struct DemoGreeting: Sendable {
    /// What each organization of the stand-in shows.
    private static let organizations = [
        ("acme", "everything is fine"),
        ("agentville", "who signs in first is an agent, not an admin"),
        ("noguide", "the admin's Guide box is not marked"),
        ("fenced", "IP restrictions are on"),
        ("suspended", "who signs in is suspended"),
        ("unpaid", "Zendesk has suspended the account"),
    ]

    let httpPort: Int
    let zendeskPort: Int
    let controlPort: Int?
    let place: String
    let program: GatewayProgram

    init(ports: DemoPorts, directory: DemoDirectory, program: GatewayProgram) {
        httpPort = ports.http
        zendeskPort = ports.zendesk
        controlPort = ports.control
        place = directory.path + (directory.isTemporary ? ", removed at the end" : ", kept and used again")
        self.program = program
    }

    func print() async {
        do {
            StandardStreams.writeOutput(text(link: try await program.signInLink()))
        } catch {
            StandardStreams.writeError("latchkey-demo: no sign-in link could be made: \(ErrorName.of(error))\n")
        }
    }

    private func text(link: String) -> String {
        let list = Self.organizations.map { name, shows in
            "    \(name)\(String(repeating: " ", count: 12 - name.count))\(shows)"
        }
        let control = controlPort.map { ["Control   http://127.0.0.1:\($0) changes the stand-in while it runs"] } ?? []
        let lines =
            [
                "", "Latchkey demo: the gateway, and a stand-in for Zendesk, on this machine only.", "",
                "  1. Open this link in a browser on this machine; it works once, for ten minutes:", "", "     \(link)",
                "",
                "  2. Choose Zendesk, Connect, and enter one of these organizations:", "",
            ] + list + [
                "    (others)    there is no such organization", "",
                "  3. Sign in at the stand-in as ada@acme.example (at acme; elsewhere ada@agentville.example and so on;",
                "     gus@… is an agent, lia@… a light agent, erin@… an end user). The password is: password", "",
                "Gateway   http://localhost:\(httpPort)",
                "Stand-in  http://acme.zendesk.localhost:\(zendeskPort)",
            ] + control + ["Data      \(place)", "Stop      Ctrl-C", "", ""]
        return lines.joined(separator: "\n")
    }
}
