import ArgumentParser
import Gateway
import GatewayCore
import OutboundHTTP
import Preflight
import StorageSQLite

struct PreflightCommand: GatewayCommand {
    static let configuration = CommandConfiguration(
        commandName: "preflight",
        abstract: "Check whether a connection works, or would. Exit status 0 pass or warn, 1 fail, 2 could not run.",
        discussion: """
            A connection's id runs every check and keeps the report. An organization's subdomain or address runs the checks \
            that need nobody signed in; they need no database.
            """)

    @OptionGroup var common: CommonOptions

    @Argument(help: "A connection's id, or an organization's subdomain or address.")
    var target: String?

    @Option(help: "Run only this check of a connection, with what it needs.")
    var only: String?

    @Flag(help: "Write what every check asks and how it can end, as Markdown, and check nothing.")
    var describe = false

    func validate() throws {
        guard describe || target != nil else { throw ValidationError("Name a connection or an organization.") }
        guard only.map({ CheckCode(rawValue: $0) != nil }) ?? true else {
            throw ValidationError("--only names a check, like guide_role.admin; --describe lists them all.")
        }
        guard only == nil || target.flatMap({ ConnectionID($0) }) != nil else {
            throw ValidationError("--only goes with a connection's id.")
        }
        guard !describe || target == nil else {
            throw ValidationError("--describe checks nothing; leave the target out.")
        }
    }

    func run() async throws {
        guard let target else { return output.line(PreflightGuide.markdown) }
        let report =
            if let id = ConnectionID(target) { try await report(of: id) } else { try await coldReport(of: target) }
        show(report)
        if report.verdict == Verdict.fail.rawValue { throw ExitStatus.refused.thrown }
    }

    private func report(of id: ConnectionID) async throws -> PreflightReport {
        try await withParts { parts, _ in
            guard let connection = try await parts.store.connection(id) else {
                throw CommandFailure(
                    .couldNotRun, code: "connection.not_found", "There is no such connection.",
                    remedy: "See: latchkey connections list.")
            }
            do {
                return try await parts.diagnostics.run(
                    connection, only: only.flatMap { CheckCode(rawValue: $0) }, actor: .commandLine)
            } catch let refusal as DiagnosticsRefusal {
                throw CommandFailure(
                    .couldNotRun, code: refusal.explanation.code, refusal.explanation.message,
                    remedy: refusal.explanation.remedy)
            }
        }
    }

    /// Without root key and database: this is for before there is anything.
    private func coldReport(of target: String) async throws -> PreflightReport {
        let cold = try ColdSettings(reading: common.source)
        let organization = try organization(target, cold.policy)
        let transport = OrganizationTransport(caFile: cold.caFile)
        let preflight = ColdPreflight(
            settings: cold.preflight, transport: transport, clock: SystemClock(), random: SystemRandomSource(),
            limitsRates: false)
        do {
            let report = try await preflight.run(organizationURL: organization, caller: "command line")
            await transport.shutdown()
            return report
        } catch {
            await transport.shutdown()
            throw error
        }
    }

    private func organization(_ text: String, _ policy: HostPolicy) throws -> OrganizationURL {
        do {
            return try OrganizationURL(parsing: text, policy: policy)
        } catch {
            throw ValidationError(
                "The target is neither a connection id nor an organization. " + error.explanation.message)
        }
    }

    private func show(_ report: PreflightReport) {
        guard !output.json else { return output.object(report) }
        output.line("\(report.organization.url): \(report.verdict) (\(report.duration_ms) ms)")
        ReportTable(report).lines.forEach(output.line)
        if report.connection_id == nil {
            output.line("Nobody was signed in. For all checks of a connection, give its id: latchkey connections list.")
        }
    }
}
