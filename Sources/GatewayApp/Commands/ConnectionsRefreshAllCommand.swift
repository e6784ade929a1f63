import ArgumentParser
import FoundationEssentials
import Gateway
import GatewayCore
import Storage

struct ConnectionsRefreshAllCommand: GatewayCommand {
    static let atOnce = RefreshAll.Pace().atOnce

    static let configuration = CommandConfiguration(
        commandName: "refresh-all",
        abstract:
            "Renew the tokens of every connection, for instance after a leak. Exit status 1 if one was not renewed.",
        discussion: """
            Runs beside the service. A run that was interrupted goes on when it is started again with --since and the date \
            that the first one printed: what has been renewed since then is left alone.
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var change: ChangeOptions

    @Option(help: "Only this tenant's connections.")
    var tenant: TenantID?

    @Option(
        help: "Leave alone what has been renewed since this date (ISO 8601).",
        transform: ConnectionsRefreshAllCommand.date)
    var since: Date?

    @Option(name: .customLong("per-second"), help: "At most so many renewals a second.")
    var perSecond = RefreshAll.Pace().perSecond

    func validate() throws {
        guard (0.1...1_000).contains(perSecond) else {
            throw ValidationError("--per-second is a number from 0.1 to 1000.")
        }
    }

    func run() async throws {
        try Confirmation(options: change).ask("Every access token handed out dies and is replaced.")
        let meter = ProgressMeter(output: output)
        let since = since ?? Date(timeIntervalSince1970: Date().timeIntervalSince1970.rounded(.down))
        meter.say("if this is interrupted, go on with: --since \(since.formatted(.iso8601))")
        var pace = RefreshAll.Pace()
        pace.perSecond = perSecond
        let tally = try await withParts { [pace] parts, _ in
            let tally = try await RefreshAll(store: parts.store, broker: parts.broker, pace: pace)
                .run(tenant: tenant, since: since, actor: .commandLine) { meter.show($0) }
            await parts.refresher.drain()
            return tally
        }
        meter.end()
        let body = TallyBody(tally, since)
        output.say(body.text, or: ["refreshed": body])
        if !tally.isComplete { throw ExitStatus.refused.thrown }
    }

    static func date(_ text: String) throws -> Date {
        guard let date = try? Date(text, strategy: .iso8601) else {
            throw ValidationError("A date looks like 2026-09-30T08:00:00Z.")
        }
        return date
    }
}

extension ProgressMeter {
    func show(_ tally: RefreshAll.Tally) {
        let settled = tally.renewed + tally.renewedBefore + tally.refusals.values.reduce(0, +)
        guard settled == tally.connections || settled.isMultiple(of: 50) else { return }
        say("\(settled) of \(tally.connections) connections settled")
    }
}

private struct TallyBody: Encodable {
    let connections: Int
    let renewed: Int
    let renewed_before: Int
    let not_renewed: [String: Int]
    let since: String

    init(_ tally: RefreshAll.Tally, _ since: Date) {
        connections = tally.connections
        renewed = tally.renewed
        renewed_before = tally.renewedBefore
        not_renewed = tally.refusals
        self.since = since.formatted(.iso8601)
    }

    var text: String {
        let refusals = not_renewed.sorted { $0.key < $1.key }.map { "  \($0.value) × \($0.key)" }
        let before = renewed_before == 0 ? "" : ", \(renewed_before) of them had them before"
        let first = "\(renewed + renewed_before) of \(connections) connections have new tokens\(before)."
        return ([first] + refusals).joined(separator: "\n")
    }
}
