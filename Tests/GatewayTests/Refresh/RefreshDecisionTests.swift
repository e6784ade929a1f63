import Foundation
import Gateway
import GatewayCore
import Storage
import TestSupport
import Testing

/// The pure decision over every combination of what it looks at, held against rules that are written down independently.
@Suite("Refresh decision") struct RefreshDecisionTests {
    @Test("every combination of state, wish and obstacle is decided by the rules, and no decision is dead")
    func everyCombination() {
        var broken: [String: Int] = [:]
        var seen: Set<String> = []
        var looked = 0
        Situations.each { situation in
            looked += 1
            let decision = situation.decision(RefreshTimes())
            seen.insert(Self.word(decision))
            for rule in Self.broken(situation, decision) { broken[rule, default: 0] += 1 }
        }
        #expect(looked > 200_000, "\(looked) combinations")
        #expect(broken == [:])
        let decisions = [
            "use", "refresh", "wait", "resolve", "needs_reauthorization", "disconnected", "out_of_reach",
        ]
        #expect(seen == Set(decisions + RefreshObstacle.allCases.map(\.rawValue)))
    }

    private static func word(_ decision: RefreshDecision) -> String {
        switch decision {
        case .use: "use"
        case .outOfReach: "out_of_reach"
        case .refresh: "refresh"
        case .waitForOther: "wait"
        case .resolveDoubt: "resolve"
        case .later(_, let obstacle): obstacle.rawValue
        case .needsReauthorization: "needs_reauthorization"
        case .disconnected: "disconnected"
        }
    }

    private static func broken(_ situation: RefreshSituation, _ decision: RefreshDecision) -> [String] {
        let (state, now) = (situation.state, situation.now)
        let connection = state.connection
        let isLive = connection.status == .active || connection.status == .inDoubt
        let open = state.entry
        let isHeld = open.map {
            $0.heldUntil.addingTimeInterval(situation.clockStep) > now && $0.heldUntil < now.addingTimeInterval(7_200)
        }
        var broken: [String] = []
        func expect(_ isTrue: Bool, _ rule: String) { if !isTrue { broken.append(rule) } }
        switch decision {
        case .disconnected:
            expect(
                connection.status == .disconnected || (isLive && state.credential == nil), "disconnected only if it is")
        case .needsReauthorization:
            let hasRunOut = connection.refreshTokenExpiresAt.map { $0 <= now } ?? false
            let isAtItsEnd = state.credential?.refreshToken == nil || hasRunOut
            let isTheEnd = isAtItsEnd && !(connection.accessTokenExpiresAt.map { $0 > now } ?? false)
            expect(
                connection.status == .needsReauthorization || isTheEnd, "nothing but a spent grant breaks a connection")
        case .use: expect(isServed(situation), "only what serves the wish is used")
        case .outOfReach(let longest):
            expect(isLive && !isServed(situation), "who is served is not sent away")
            guard case .token(let minimum) = situation.wish else { return broken + ["only a lifetime is out of reach"] }
            expect(minimum > longest && longest >= 0, "what is within reach is not refused")
            let lives = connection.accessTokenExpiresAt.map { $0 > now } ?? false
            expect(lives, "RT-45: what has run out is renewed, whatever its successor will be")
        case .refresh:
            expect(isLive && open == nil && !isServed(situation), "no refresh beside an open entry or without need")
            expect(state.credential?.refreshToken != nil, "no refresh without a refresh token")
            expect(connection.refreshTokenExpiresAt.map { $0 > now } ?? true, "no refresh with one that has run out")
            expect(!situation.holdsUnsavedTokens, "RT-14: no refresh while tokens wait to be saved")
            expect(
                situation.clientRefusedUntil.map { $0 <= now } ?? true, "KEY-19: no refresh while the client is refused"
            )
            let pause = situation.wish == .forced ? state.schedule.forcedNotBefore : state.schedule.notBefore
            expect(pause.map { $0 <= now } ?? true, "RT-19: no refresh before the pause is over")
            let mayWait = state.leasedUntil.map { $0 > now } ?? false
            let isEarly = (connection.accessTokenExpiresAt?.timeIntervalSince(now) ?? 0) > 20_000
            expect(!(situation.wish == .planned && mayWait && isEarly), "a planned one waits for readers")
            let isAgain = state.cameAfterRejection && state.schedule.obtainedAt.addingTimeInterval(900) > now
            if case .rejected = situation.wish { expect(!isAgain, "RT-27: no loop") }
        case .waitForOther(let until):
            expect(open?.phase == .begun && isHeld == true && until > now, "only a held entry is waited for")
        case .resolveDoubt:
            expect(open != nil && isHeld == false, "only a left entry is resolved")
            expect(isLive && !situation.holdsUnsavedTokens || !isLive, "RT-14: nothing is sent while tokens wait")
        case .later(let date, _):
            expect(date > now, "later is later")
            expect(isLive && !isServed(situation), "what serves is not put off")
        }
        expect(!isServed(situation) || decision == .use, "what serves the wish is used, whatever else is the matter")
        if connection.status == .needsReauthorization {
            expect(isHeld != false || decision == .resolveDoubt, "an entry that was left open comes to its end")
        }
        expect(connection.status != .disconnected || decision == .disconnected, "disconnected is final")
        return broken
    }

    private static func isServed(_ situation: RefreshSituation) -> Bool {
        let connection = situation.state.connection
        guard connection.status == .active || connection.status == .inDoubt, situation.state.credential != nil else {
            return false
        }
        switch situation.wish {
        case .token(let minimum):
            return connection.accessTokenExpiresAt.map { $0 > situation.now.addingTimeInterval(minimum) } ?? true
        case .rejected(let generation): return generation < connection.generation
        case .planned, .forced: return false
        }
    }
}

/// Every combination of the values at which a decision can turn.
private enum Situations {
    static let now = Date(timeIntervalSince1970: 1_790_000_000)
    private static let wishes: [RefreshWish] = [
        .token(minimumLifetime: 0), .token(minimumLifetime: 150_000), .token(minimumLifetime: 200_000), .planned,
        .forced, .rejected(generation: 4),
        .rejected(generation: 5),
    ]
    private static let credentials: [SealedCredential?] = [
        nil, credential(refreshToken: nil), credential(refreshToken: [2]),
    ]
    private static let accessEnds: [TimeInterval?] = [nil, -1, 100, 100_000]
    private static let refreshEnds: [TimeInterval?] = [nil, -1, 1_000_000]
    private static let entries: [RefreshEntry?] =
        [nil]
        + [RefreshPhase.begun, .inDoubt, .confirming].flatMap { phase in
            [TimeInterval(-10), 10, 1_000_000].map { entry(phase, heldFor: $0) }
        }
    private static let obtained: [TimeInterval] = [10, 90_000]
    private static let pauses: [(TimeInterval, TimeInterval)?] = [nil, (5, -1), (5, 5)]

    static func each(_ body: (RefreshSituation) -> Void) {
        for status in ConnectionStatus.allCases {
            for credential in credentials {
                for access in accessEnds {
                    for refresh in refreshEnds {
                        let connection = connection(status, access, refresh)
                        for entry in entries { each(connection, credential, entry, body) }
                    }
                }
            }
        }
    }

    private static func each(
        _ connection: Connection, _ credential: SealedCredential?, _ entry: RefreshEntry?,
        _ body: (RefreshSituation) -> Void
    ) {
        for (age, pause) in obtained.flatMap({ age in pauses.map { (age, $0) } }) {
            for leased in [TimeInterval?.none, 60] {
                let state = RefreshState(
                    connection: connection, credential: credential,
                    schedule: RefreshSchedule(
                        due: now, notBefore: pause.map { now.addingTimeInterval($0.0) },
                        forcedNotBefore: pause.map { now.addingTimeInterval($0.1) }, failures: pause == nil ? 0 : 1,
                        obtainedAt: now.addingTimeInterval(-age), learnedLifetime: nil),
                    entry: entry, lastOutcome: nil, leasedUntil: leased.map { now.addingTimeInterval($0) },
                    cameAfterRejection: age < 100)
                for wish in wishes { each(state, wish, body) }
            }
        }
    }

    private static func each(_ state: RefreshState, _ wish: RefreshWish, _ body: (RefreshSituation) -> Void) {
        for refused in [TimeInterval?.none, 30] {
            for isUnsaved in [false, true] {
                for step in state.entry == nil ? [0] : [TimeInterval(0), 3_600] {
                    body(
                        RefreshSituation(
                            state: state, wish: wish, now: now, holder: "here",
                            clientRefusedUntil: refused.map { now.addingTimeInterval($0) },
                            holdsUnsavedTokens: isUnsaved, clockStep: step))
                }
            }
        }
    }

    private static func connection(
        _ status: ConnectionStatus, _ access: TimeInterval?, _ refresh: TimeInterval?
    ) -> Connection {
        Connection(
            id: id, tenant: .default, subdomain: "acme", permissionLevel: .read, grantedScopes: ScopeSet(["read"]),
            status: status, connectedBy: ZendeskPerson(id: 7, name: "Ada", email: nil, role: "admin"),
            accountFingerprint: nil, createdAt: now, updatedAt: now, generation: 5,
            accessTokenExpiresAt: access.map { now.addingTimeInterval($0) },
            refreshTokenExpiresAt: refresh.map { now.addingTimeInterval($0) })
    }

    private static let id = ConnectionID(random: SystemRandomSource())

    private static func credential(refreshToken: [UInt8]?) -> SealedCredential {
        SealedCredential(connection: id, generation: 5, accessToken: [1], refreshToken: refreshToken, keyID: "k")
    }

    private static func entry(_ phase: RefreshPhase, heldFor seconds: TimeInterval) -> RefreshEntry {
        RefreshEntry(
            id: 1, connection: id, generation: 5, phase: phase, holder: "there", fence: 1, begunAt: now, sentAt: now,
            heldUntil: now.addingTimeInterval(seconds), isMarked: false, doubts: 0, outcome: nil, endedAt: nil)
    }
}
