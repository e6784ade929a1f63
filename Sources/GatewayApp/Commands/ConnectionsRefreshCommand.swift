import ArgumentParser
import Gateway
import GatewayCore

struct ConnectionsRefreshCommand: GatewayCommand {
    static let configuration = CommandConfiguration(
        commandName: "refresh", abstract: "Renew a connection's tokens now; the ones before die at Zendesk at once.")

    @OptionGroup var common: CommonOptions

    @Argument(help: "The connection's id.")
    var id: ConnectionID

    func run() async throws {
        let body = try await withParts { parts, settings in
            _ = try await parts.store.connectionOrRefusal(id)
            let renewed = try await renewed(parts)
            await parts.refresher.drain()
            var body = ConnectionBody(renewed, policy: settings.zendesk.policy)
            body.add(try await parts.store.overview(of: renewed, at: SystemClock().now))
            return body
        }
        output.say("Renewed: generation \(body.generation) is in use.\n\(body.text)", or: ["connection": body])
    }

    private func renewed(_ parts: GatewayParts) async throws -> Connection {
        do {
            return try await parts.broker.refresh(id, actor: .commandLine)
        } catch TokenRefusal.unavailable(let code, let seconds) {
            throw await parts.refresher.isUnsaved(id) ? Self.unsaved : Self.notRenewed(code, seconds)
        }
    }

    private static func notRenewed(_ code: String, _ seconds: Int) -> CommandFailure {
        CommandFailure(
            .refused, code: "connection.not_renewed.\(code)",
            "The connection was not renewed (\(code)); what it had goes on working.",
            remedy: "Try again in \(seconds) seconds. A running gateway does so by itself.")
    }

    private static let unsaved = CommandFailure(
        .refused, code: "connection.not_renewed.unsaved",
        "Zendesk gave new tokens and ended the ones before, and the database did not take them.",
        remedy:
            "They wait in the spill directory. Make the database writable: a running gateway saves them within half a "
            + "minute, and so does the next start.")
}
