import ArgumentParser
import FoundationEssentials
import Gateway
import GatewayCore
import Storage

struct ConnectionsReconnectLinksCommand: GatewayCommand {
    static let configuration = CommandConfiguration(
        commandName: "reconnect-links",
        abstract:
            "Make a link for each connection that needs somebody's authorization, for instance after many were lost.",
        discussion: "Each opens that one connection, once, for 30 minutes. Send it to an admin of the organization.")

    @OptionGroup var common: CommonOptions

    @Option(help: "Only this tenant's connections.")
    var tenant: TenantID?

    func run() async throws {
        let links = try await withParts { parts, settings in
            try await ReconnectLinks(
                store: parts.store, sessions: parts.connectSessions, policy: settings.zendesk.policy
            ).make(tenant: tenant, actor: .commandLine).map {
                LinkBody($0, origin: settings.listener.publicOrigin.text)
            }
        }
        guard !output.json else { return output.object(["links": links]) }
        output.table(
            ["CONNECTION", "TENANT", "ORGANIZATION", "LINK"],
            links.map { [$0.connection_id, $0.tenant, $0.organization, $0.url] })
    }
}

private struct LinkBody: Encodable {
    let connection_id: String
    let tenant: String
    let organization: String
    let reason: String?
    let url: String
    let expires_at: String

    init(_ link: ReconnectLinks.Link, origin: String) {
        connection_id = link.connection.id.text
        tenant = link.connection.tenant.text
        organization = link.connection.subdomain
        reason = link.connection.statusReason
        url = "\(origin)/connect/\(link.token.secret.exposeText())"
        expires_at = link.session.expiresAt.formatted(.iso8601)
    }
}
