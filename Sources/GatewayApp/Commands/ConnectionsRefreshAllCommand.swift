import ArgumentParser
import Gateway
import GatewayCore
import Storage

struct ConnectionsRefreshAllCommand: GatewayCommand {
    /// Beside a running gateway: fast enough for ten thousand in a quarter of an hour, slow enough not to starve it.
    static let atOnce = 16

    static let configuration = CommandConfiguration(
        commandName: "refresh-all",
        abstract:
            "Renew the tokens of every connection, for instance after a leak. Exit status 1 if one was not renewed.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var change: ChangeOptions

    @Option(help: "Only this tenant's connections.")
    var tenant: TenantID?

    func run() async throws {
        try Confirmation(options: change).ask("Every access token handed out dies and is replaced.")
        let tally = try await withParts { parts, _ in
            try await RefreshAll(store: parts.store, broker: parts.broker, atOnce: Self.atOnce)
                .run(tenant: tenant, actor: .commandLine)
        }
        let body = TallyBody(tally)
        output.say(body.text, or: ["refreshed": body])
        if tally.renewed < tally.connections { throw ExitStatus.refused.thrown }
    }
}

private struct TallyBody: Encodable {
    let connections: Int
    let renewed: Int
    let not_renewed: [String: Int]

    init(_ tally: RefreshAll.Tally) {
        connections = tally.connections
        renewed = tally.renewed
        not_renewed = tally.refusals
    }

    var text: String {
        let refusals = not_renewed.sorted { $0.key < $1.key }.map { "  \($0.value) × \($0.key)" }
        return (["\(renewed) of \(connections) connections have new tokens."] + refusals).joined(separator: "\n")
    }
}
