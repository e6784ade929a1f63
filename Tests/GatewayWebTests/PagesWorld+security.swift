import Foundation

@testable import GatewayWeb

/// The security page in each of its states, and the pages that ask.
extension PagesWorld {
    var security: [Sample] {
        standings.map { standing in
            Sample(name: "security-\(standing.phase)", page: page(standing, keepsStill: standing == .proving))
        } + [
            Sample(
                name: "security-doubtful",
                page: page(
                    .settled,
                    witnesses: .doubtful(
                        AuditDoubt(message: text("The database is older."), remedy: text("Accept or restore."))))),
            Sample(name: "security-remnants", page: page(.settled, hasRemnants: true)),
            Sample(name: "security-odd-speed", page: page(.toReseal(records: 2), oddSpeed: text("some"))),
            Sample(
                name: "security-odd-speed-running",
                page: page(.running(target: text("dk-2")), oddSpeed: text("some"))),
            Sample(
                name: "confirm-retire",
                page: ConfirmPage(
                    frame: greeted, heading: text("Retire dk-1?"), sentences: [text("It will never seal again.")],
                    action: text("/security/keys/dk-1/retire"), button: text("Retire dk-1"), formToken: text("token"),
                    back: PageLink(text("Security"), path: text("/security")))),
        ]
    }

    private var standings: [RotationStanding] {
        let key = text("dk-2")
        return [
            .missing(key: key, records: 3), .running(target: key), .paused(target: key),
            .interrupted(target: key, isTakenUp: true), .proving,
            .unproven(ProofFaults(leftBehind: 2, unreadable: 1, rolledBack: 1)), .toPromote(key),
            .toReseal(records: 12_345), .toVerify, .toRetire(text("dk-1")), .due(isOverdue: true), .settled, .fresh,
        ]
    }

    private func page(
        _ standing: RotationStanding, keepsStill: Bool = false, witnesses: AuditNote.Witnesses = .agree,
        hasRemnants: Bool = false, oddSpeed: String? = nil
    ) -> SecurityPage {
        let isFresh = standing == .fresh
        return SecurityPage(
            frame: greeted, standing: standing, age: "dk-2 has been the primary key for 3 days.",
            keys: isFresh ? [card(.primary)] : DataKeyCard.State.allCases.filter { $0 != .destroyed }.map(card),
            destroyedKeys: isFresh ? [] : [card(.destroyed)], reseal: reseal(standing),
            proof: isFresh ? nil : proof(standing), services: isFresh ? 0 : 2, hasRemnants: hasRemnants,
            audit: AuditNote(
                entries: 14, checkpoint: isFresh ? nil : checkpoint, witnesses: isFresh ? .none : witnesses),
            formToken: text("token"), keepsStill: keepsStill, oddSpeed: oddSpeed)
    }

    private func card(_ state: DataKeyCard.State) -> DataKeyCard {
        DataKeyCard(
            id: text("dk-\(state)"), state: state, records: state == .primary || state == .missing ? 1_234 : 0,
            isShutOut: state == .missing, made: moment(-86_400 * 400),
            activated: state == .ready ? nil : moment(-86_400 * 3),
            retired: state == .retired ? moment(-7_200) : nil,
            destroyed: state == .scheduled || state == .destroyed ? moment(600_000) : nil)
    }

    private func reseal(_ standing: RotationStanding) -> ResealNote? {
        switch standing {
        case .running, .interrupted:
            ResealNote(
                target: text("dk-2"), done: 4_200, total: 10_000, rowsPerSecond: nil, startedAt: moment(-120),
                left: "2 minutes", isPaused: false)
        case .paused:
            ResealNote(
                target: text("dk-2"), done: 0, total: 0, rowsPerSecond: 250, startedAt: moment(-120), left: nil,
                isPaused: true)
        default: nil
        }
    }

    private func proof(_ standing: RotationStanding) -> ProofNote? {
        let isComplete = if case .unproven = standing { false } else { true }
        let subject =
            text("dk-2") + (isComplete ? " opened=1234 unreadable=0" : " opened=1230 unreadable=1 rolled_back=1")
        let content = ProofContent("dk-2" + subject.dropFirst(text("dk-2").count) + " purged=1; credentials dk-2=1234")
        return content.map {
            ProofNote(
                $0, isComplete: isComplete, at: moment(-60), by: text("console session ses_1"), auditIndex: 14,
                rows: isComplete ? [] : [text("credentials con_1")])
        }
    }

    private var checkpoint: CheckpointNote {
        CheckpointNote(
            size: 12, root: text("rGZ5y3jTjjZ0bJmC9pJv1zvVY2Zl2m2bYc3m2Jq0a3E="), signer: text("audit-1"),
            signedAt: moment(-30), entries: 14)
    }
}
