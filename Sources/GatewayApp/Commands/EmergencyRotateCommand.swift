import ArgumentParser
import FoundationEssentials
import Gateway
import GatewayCore

struct EmergencyRotateCommand: GatewayCommand {
    static let configuration = CommandConfiguration(
        commandName: "emergency-rotate",
        abstract: "After a compromise: new data key, every record resealed, every token renewed at Zendesk.",
        discussion: """
            Runs beside the service, says what is still exposed while it works, and goes on where it was when it is \
            started again within a day. After that it begins anew, because what was renewed then may have been copied \
            since. Exit status 1 while a token may still be of use to a thief. Change the client secret at \
            Zendesk as well: this command cannot.
            """)

    @OptionGroup var common: CommonOptions
    @Flag(name: .customLong("continue"), help: "Go on with an unfinished one that is older than a day.")
    var resumes = false
    @OptionGroup var change: ChangeOptions
    @OptionGroup var why: ReasonOptions

    func run() async throws {
        try Confirmation(options: change).ask("Every data key and every token will be replaced.")
        let meter = ProgressMeter(output: output)
        let report = try await withParts { parts, _ in
            try await EmergencyRotation(
                store: parts.store, rotation: parts.keyRotation, broker: parts.broker, revocations: parts.revocations,
                atOnce: ConnectionsRefreshAllCommand.atOnce, clock: parts.clock
            ).run(resumes: resumes, reason: why.reason, actor: .commandLine) { meter.show($0) }
        }
        meter.end()
        let body = EmergencyBody(report)
        output.say(body.text, or: ["emergency": body])
        if !report.isComplete { throw ExitStatus.refused.thrown }
    }
}

extension ProgressMeter {
    func show(_ progress: EmergencyRotation.Progress) {
        switch progress {
        case .continued(let since): say("going on with the emergency rotation of \(since.formatted(.iso8601))")
        case .begunAnew(let unfinished):
            say(
                "the emergency rotation of \(unfinished.formatted(.iso8601)) was never finished and is too old to go on with: "
                    + "everything is done anew (--continue goes on with it)")
        case .keys(let progress): show(progress)
        case .tokens(let standing):
            let settled = standing.connections - standing.waiting
            guard settled == standing.connections || settled.isMultiple(of: 50) else { return }
            say("tokens: \(settled) of \(standing.connections) settled, \(standing.waiting) still exposed")
        }
    }
}

private struct EmergencyBody: Encodable {
    let complete: Bool
    let connections: Int
    let renewed: Int
    let renewed_before: Int
    let revoked: Int
    let exposed: [String: Int]
    let revocations_waiting: Int
    let primary: String
    let records_opened: Int
    let old_keys_useless_after_seconds: Int
    let finished_after_seconds: Int

    init(_ report: EmergencyRotation.Report) {
        complete = report.isComplete
        connections = report.standing.connections
        renewed = report.standing.renewed
        renewed_before = report.standing.renewedBefore
        revoked = report.standing.revoked
        exposed = report.standing.exposed
        revocations_waiting = report.standing.revocationsWaiting
        primary = report.proof.primary
        records_opened = report.proof.opened
        old_keys_useless_after_seconds = Int(report.keysUselessAfter)
        finished_after_seconds = Int(report.tokensDoneAfter)
    }

    var text: String {
        let head = complete ? "Done: nothing that was copied before is of use." : "Not done yet."
        let lines = [
            "  All \(records_opened) records are under \(primary), after \(old_keys_useless_after_seconds) s.",
            "  \(renewed + renewed_before) of \(connections) connections have new tokens, and \(revoked) that could not be "
                + "renewed had theirs ended, after \(finished_after_seconds) s.",
        ]
        let open = exposed.sorted { $0.key < $1.key }.map { "  Still exposed: \($0.value) × \($0.key)" }
        let waiting =
            revocations_waiting == 0
            ? []
            : ["  Still exposed: \(revocations_waiting) × a token that nobody uses, until Zendesk confirms its end."]
        let next =
            complete
            ? "Change the client secret at Zendesk, then retire and destroy the old data key."
            : "Run the command again; for what stays exposed, disconnect, or revoke the token in the organization's Admin Center."
        return ([head] + lines + open + waiting + [next]).joined(separator: "\n")
    }
}
