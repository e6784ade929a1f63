import ArgumentParser
import Gateway
import GatewayCore
import Preflight
import StorageSQLite

struct PreflightCommand: GatewayCommand {
    static let configuration = CommandConfiguration(
        commandName: "preflight",
        abstract: "Check whether a connection will work. Exit status 0 pass or warn, 1 fail, 2 could not run.")

    @OptionGroup var common: CommonOptions

    @Argument(help: "The connection's id.")
    var target: String

    func run() async throws {
        guard let id = ConnectionID(target) else { throw try notAConnection() }
        let report = try await withParts { parts, _ in
            guard let connection = try await parts.store.connection(id) else {
                throw CommandFailure(
                    .couldNotRun, code: "connection.not_found", "There is no such connection.",
                    remedy: "See: latchkey connections list.")
            }
            do {
                return try await parts.diagnostics.run(connection, actor: .commandLine)
            } catch let refusal as DiagnosticsRefusal {
                throw CommandFailure(
                    .couldNotRun, code: refusal.explanation.code, refusal.explanation.message,
                    remedy: refusal.explanation.remedy)
            }
        }
        show(report)
        if report.verdict == Verdict.fail.rawValue { throw ExitStatus.refused.thrown }
    }

    private func show(_ report: PreflightReport) {
        guard !output.json else { return output.object(report) }
        output.line("\(report.organization.url): \(report.verdict) (\(report.duration_ms) ms)")
        for check in report.checks {
            let status = check.status.rawValue
            let column = status + String(repeating: " ", count: max(0, 8 - status.count))
            output.line("  \(column)\(check.title): \(check.message)")
            if let remedy = check.remedy { output.line("          \(remedy)") }
            if let place = check.where { output.line("          \(place)") }
        }
    }

    private func notAConnection() throws -> any Error {
        let domain = try common.source.read { ZendeskDomainSettings(reading: &$0) }
        guard (try? OrganizationURL(parsing: target, policy: domain.policy)) != nil else {
            return ValidationError("The target is neither a connection id nor an organization URL.")
        }
        return CommandFailure(
            .couldNotRun, code: "preflight.needs_connection",
            "Checks of an organization that is not connected are not part of this version.",
            remedy: "Connect it, then give the connection's id.")
    }
}
