import ArgumentParser
import Gateway
import GatewayCore
import Storage

struct APIKeysCreateCommand: GatewayCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make an API key. It is shown this once, alone on the last line.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var change: ChangeOptions

    @Option(help: "What the key is for, in up to 100 characters.")
    var name: String

    @Option(help: "Comma-separated, like connections:read,credentials:read.")
    var scopes: String

    @Option(help: "Tie the key to one tenant; it then sees nothing else.")
    var tenant: TenantID?

    func validate() throws {
        guard (1...100).contains(name.count), LogText.escaped(name) == name else {
            throw ValidationError("The name must be 1 to 100 printable characters.")
        }
        _ = try WordList<APIScope>(scopes, what: "scope")
    }

    func run() async throws {
        let scopes = try WordList<APIScope>(scopes, what: "scope").words
        let (key, token) = try await withStore { store in
            try await APIKeys(store: store, clock: SystemClock(), random: SystemRandomSource())
                .create(name: name, scopes: scopes, tenant: tenant, actor: .commandLine)
        }
        let created = CreatedKey(
            id: key.id.text, name: key.name, scopes: scopes.map(\.rawValue).sorted(), tenant: tenant?.text,
            key: token.secret.exposeText())
        output.say(created.text, or: created)
    }
}

private struct CreatedKey: Encodable {
    let id: String
    let name: String
    let scopes: [String]
    let tenant: String?
    let key: String

    var text: String {
        let reach = tenant.map { "tenant \($0)" } ?? "every tenant"
        return
            "Key \(id) for \(reach) with \(scopes.joined(separator: ", ")). Keep it now; it is not shown again:\n\(key)"
    }
}
