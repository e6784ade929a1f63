import ArgumentParser
import FoundationEssentials
import Gateway
import GatewayCore
import Storage

struct SignInLinkCommand: GatewayCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign-in-link",
        abstract: "Make a one-time link to the console, valid for 10 minutes. It stands alone on the last line.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var change: ChangeOptions

    @Option(help: "The tenant the link is for. Left out: default.")
    var tenant: TenantID?

    @Option(
        help: """
            connect, support or security; repeatable or comma-separated. Left out: connect with --tenant, all three \
            without.
            """)
    var role: [String] = []

    func run() async throws {
        let (tenant, roles) = (tenant ?? .default, try roles())
        let listener = try common.source.read { ListenerSettings(reading: &$0) }
        let (token, expiresAt) = try await withStore { store in
            try await ConsoleAccess(store: store, clock: SystemClock(), random: SystemRandomSource())
                .createSignInLink(tenant: tenant, roles: roles, actor: .commandLine)
        }
        let link = Link(
            url: listener.publicOrigin.text + "/sign-in/" + token.secret.exposeText(), tenant: tenant.text,
            roles: roles.map(\.rawValue).sorted(), expires_at: expiresAt.formatted(.iso8601))
        output.say(link.text, or: link)
    }

    private func roles() throws -> Set<ConsoleRole> {
        guard role.isEmpty else {
            return try WordList<ConsoleRole>(role.joined(separator: ","), what: "role").words
        }
        // Support sees every tenant: a link made for one customer must not carry it unasked.
        return tenant == nil ? Set(ConsoleRole.allCases) : [.connect]
    }
}

private struct Link: Encodable {
    let url: String
    let tenant: String
    let roles: [String]
    let expires_at: String

    var text: String {
        "Opens the console once, for tenant \(tenant) with \(roles.joined(separator: ", ")), until \(expires_at):\n\(url)"
    }
}
