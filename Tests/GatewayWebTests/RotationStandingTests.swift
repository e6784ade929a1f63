import Foundation
import GatewayCore
import Storage
import Testing

@testable import Gateway
@testable import GatewayWeb

/// Which of all the things that could be said about the keys the page says.
@Suite struct `Where the keys stand` {
    private static let start = Date(timeIntervalSince1970: 1_764_000_000)

    @Test func `one key, never rotated, is fresh`() {
        #expect(RotationStanding(keys([key("dk-1", "primary", records: 3)]), isProving: false) == .fresh)
    }

    @Test func `a key that was made and never promoted waits, also beside records under a former one`() {
        let found = keys([key("dk-1", "primary", records: 3), key("dk-2", "enabled", activated: nil)])
        #expect(RotationStanding(found, isProving: false) == .toPromote("dk-2"))
    }

    @Test
    func `KEY-15: a key that waits from before the primary one, or that is shut out, is not offered to be promoted`() {
        let stale = key("dk-1", "enabled", activated: nil, isNewer: false)
        let found = keys([stale, key("dk-2", "primary", records: 5, activated: 10)])
        #expect(RotationStanding(found, isProving: false) == .toVerify)
        let now = Self.start
        #expect(DataKeyCard(stale, isResealing: false, now: now).promoteAction == nil)
        #expect(DataKeyCard(key("dk-3", "enabled", activated: nil), isResealing: false, now: now).promoteAction != nil)
        #expect(DataKeyCard(id: "dk-3", state: .ready, records: 0, isShutOut: true).promoteAction == nil)
    }

    @Test func `records under a former key are to be resealed, all of them together`() {
        let found = keys([
            key("dk-1", "enabled", records: 2), key("dk-2", "retired", records: 1), key("dk-3", "primary", records: 9),
        ])
        #expect(RotationStanding(found, isProving: false) == .toReseal(records: 3))
    }

    @Test func `an open reseal is under way, paused, or interrupted when nobody holds it`() {
        for (state, isHeld, isBackground, expected) in [
            (ResealRun.State.running, true, true, RotationStanding.running(target: "dk-2")),
            (.paused, true, true, .paused(target: "dk-2")), (.paused, false, true, .paused(target: "dk-2")),
            (.running, false, true, .interrupted(target: "dk-2", isTakenUp: true)),
            (.running, false, false, .interrupted(target: "dk-2", isTakenUp: false)),
        ] {
            let found = keys(
                [key("dk-1", "enabled", records: 2), key("dk-2", "primary")], run: run(state, isBackground),
                isHeld: isHeld)
            #expect(RotationStanding(found, isProving: true) == expected)
        }
    }

    @Test func `nothing left and no proof since is to be verified, whatever an older proof said`() {
        let rotated = [key("dk-1", "enabled"), key("dk-2", "primary", records: 5, activated: 10)]
        #expect(RotationStanding(keys(rotated), isProving: false) == .toVerify)
        let older = keys(rotated, proof: "dk-2 opened=5 unreadable=0 purged=1; credentials dk-2=5", at: 9)
        #expect(RotationStanding(older, isProving: false) == .toVerify)
        let other = keys(rotated, proof: "dk-1 opened=5 unreadable=0 purged=1; credentials dk-1=5", at: 20)
        #expect(RotationStanding(other, isProving: false) == .toVerify, "a proof of another key")
        let sinceReseal = keys(
            rotated, run: run(.completed, true, completed: 30),
            proof: "dk-2 opened=5 unreadable=0 purged=1; credentials dk-2=5", at: 29)
        #expect(RotationStanding(sinceReseal, isProving: false) == .toVerify)
        #expect(RotationStanding(keys(rotated), isProving: true) == .proving)
    }

    @Test func `a complete proof leads to retiring the former key, and afterwards to rest`() {
        let proof = "dk-2 opened=5 unreadable=0 rolled_back=0 purged=1; credentials dk-2=5"
        let rotated = [key("dk-1", "enabled"), key("dk-2", "primary", records: 5)]
        #expect(RotationStanding(keys(rotated, proof: proof, at: 20), isProving: false) == .toRetire("dk-1"))
        let retired = [key("dk-1", "retired"), key("dk-2", "primary", records: 5)]
        #expect(RotationStanding(keys(retired, proof: proof, at: 20), isProving: false) == .settled)
    }

    @Test func `an incomplete proof tells what it found`() {
        let rotated = [key("dk-1", "enabled", records: 1), key("dk-2", "primary", records: 4)]
        let proof = "dk-2 opened=4 unreadable=1 rolled_back=2 purged=0; credentials dk-1=1 dk-2=4"
        #expect(
            RotationStanding(keys(rotated, proof: proof, at: 20), isProving: false)
                == .unproven(ProofFaults(leftBehind: 1, unreadable: 1, rolledBack: 2)))
    }

    @Test func `CR-24: records that name a key which is not there come before everything else`() {
        let found = keys(
            [key("dk-1", "primary", records: 4), key("dk-7", "missing", records: 2)], run: run(.running, true),
            isHeld: true)
        #expect(RotationStanding(found, isProving: false) == .missing(key: "dk-7", records: 2))
    }

    @Test func `KEY-23: a key that has done its time is due, and long afterwards overdue`() {
        let one = [key("dk-1", "primary", records: 3)]
        #expect(RotationStanding(keys(one, schedule: .due), isProving: false) == .due(isOverdue: false))
        for schedule in [KeySchedule.Standing.overdue, .blocked] {
            #expect(RotationStanding(keys(one, schedule: schedule), isProving: false) == .due(isOverdue: true))
        }
    }

    @Test(arguments: ["", ";", "dk-1", "dk-1 opened=x unreadable=0", "=;=", "dk-1 opened=1"])
    func `what is no proof is not read as one`(_ text: String) {
        #expect(ProofContent(text) == nil)
    }

    @Test(arguments: [(0, "0"), (999, "999"), (1_000, "1,000"), (12_345_678, "12,345,678"), (-1_234, "-1,234")])
    func `large numbers are grouped`(_ number: Int, _ text: String) {
        #expect(Counted.grouped(number) == text)
    }

    private func key(
        _ id: String, _ state: String, records: Int = 0, activated: TimeInterval? = 0, isNewer: Bool? = nil
    ) -> KeyStanding.Key {
        KeyStanding.Key(
            id: id, state: state, createdAt: Self.start, activatedAt: activated.map { Self.start + $0 },
            retiredAt: nil, destroyAt: nil, seals: 0, records: records, isShutOut: false,
            isNewer: isNewer ?? (activated == nil))
    }

    private func run(_ state: ResealRun.State, _ isBackground: Bool, completed: TimeInterval? = nil) -> ResealRun {
        ResealRun(
            id: 1, target: "dk-2", state: state, table: nil, rowAfter: "", total: 2, done: 0, overtaken: 0,
            rowsPerSecond: nil, isBackground: isBackground, holder: "h", heldUntil: Self.start, startedAt: Self.start,
            updatedAt: Self.start, completedAt: completed.map { Self.start + $0 })
    }

    private func keys(
        _ keys: [KeyStanding.Key], run: ResealRun? = nil, isHeld: Bool = false, proof: String? = nil,
        at: TimeInterval = 0, schedule: KeySchedule.Standing = .young
    ) -> KeyStanding {
        let entries = proof.map { subject in
            [
                AuditEntry(
                    index: 1,
                    event: AuditEvent(
                        at: Self.start + at, actor: .system, action: .rotationVerified, subject: subject))
            ]
        }
        return KeyStanding(
            keys: keys, reseal: run, isResealHeld: isHeld, proofs: entries ?? [], nodes: [], oldestOpening: nil,
            schedule: schedule, primaryAge: 0, maximumAge: nil)
    }
}
