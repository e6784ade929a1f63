import GatewayCore
import TestSupport
import Testing
import ZendeskEmulator

@testable import Preflight

/// One thing that is wrong, as a person would bring it about.
private enum SeededFault: CaseIterable {
    case agent, suspended, boxUnmarked, noHelpCenter, smallPlan, clientUnknown, clockOff, callsUsedUp, noRefreshToken
    case grantedLess, unpaid, gone, restricted, blocked

    /// An account is in one state only, and an organization has one list of addresses.
    static let exclusive: [Set<SeededFault>] = [[.unpaid, .gone], [.restricted, .blocked]]

    func bring(about situation: inout SeededSituation) {
        switch self {
        case .agent: situation.role = .agent
        case .suspended: situation.suspension = .visible
        case .boxUnmarked: situation.guide = .none
        case .noHelpCenter: situation.helpCenter = .absent
        case .smallPlan: situation.plan = .professional
        case .clientUnknown: situation.client = .unknown
        case .clockOff: situation.clock = .far
        case .callsUsedUp: situation.calls = .usedUp
        case .noRefreshToken: situation.refresh = .none
        case .grantedLess: situation.granted = .less
        case .unpaid: situation.account = .unpaid
        case .gone: situation.account = .gone
        case .restricted: situation.addresses = .othersOnly
        case .blocked: situation.addresses = .shut
        }
    }
}

@Suite("All combinations of seeded faults") struct FaultMatrixTests {
    /// As many as there are parts a machine may work on at once.
    private static let parts = 8

    @Test(arguments: 0..<parts)
    func `every combination of the fourteen faults gives exactly its findings and no other`(part: Int) async throws {
        let faults = SeededFault.allCases
        let base = try AskedOrganization()
        var seen = 0
        for bits in stride(from: part, to: 1 << faults.count, by: Self.parts) {
            let chosen = Set(faults.indices.filter { bits & (1 << $0) != 0 }.map { faults[$0] })
            guard !SeededFault.exclusive.contains(where: { $0.isSubset(of: chosen) }) else { continue }
            var situation = SeededSituation()
            for fault in chosen { fault.bring(about: &situation) }
            try await Self.check(situation, base)
            seen += 1
        }
        // Ten that go with everything, and twice two that exclude each other: three states of each pair. The first three,
        // which choose the part, are among the ten.
        #expect(seen == 1_024 * 3 * 3 / Self.parts)
    }

    /// Everything the stand-in can show of one area, whatever its other members say.
    static let areas: [(String, [SeededSituation])] = [
        ("the person and Guide", guides), ("addresses", addresses), ("plan and calls", plans), ("the grant", grants),
        ("the way to the account", ways),
    ]

    @Test(arguments: areas.map(\.0))
    func `every combination of all that the stand-in can show in one area gives exactly its findings`(area: String)
        async throws
    {
        let base = try AskedOrganization()
        let situations = try #require(Self.areas.first { $0.0 == area }).1.filter(\.isPossible)
        #expect(situations.count > 40)
        for situation in situations { try await Self.check(situation, base) }
    }

    @Test(arguments: 0..<4)
    func `a thousand situations drawn from all areas together give exactly their findings`(part: UInt64) async throws {
        let base = try AskedOrganization()
        var dice = Dice(state: part)
        var seen = 0
        while seen < 250 {
            let situation = SeededSituation(drawnWith: &dice)
            guard situation.isPossible else { continue }
            try await Self.check(situation, base)
            seen += 1
        }
    }

    private static func check(_ situation: SeededSituation, _ base: AskedOrganization) async throws {
        let asked = try situation.asked(of: base)
        let report = try await asked.report()
        let expected = ExpectedFindings(situation).all
        #expect(asked.transport.calls.count <= 8, "\(situation)")
        #expect(report.checks.map(\.code) == CheckCode.allCases.map(\.rawValue))
        for check in report.checks {
            let wanted = expected[check.code]
            let fits = wanted.map { $0.status == check.status && check.message.contains($0.words) }
            let found = "\(check.code) ended as \(check.status.rawValue), \(check.message)"
            #expect(
                fits ?? (check.status == .pass), "\(found) Expected \(wanted?.description ?? "pass") in \(situation)")
        }
    }
}

extension FaultMatrixTests {
    private static let guides: [SeededSituation] = every(SeededSituation.Role.allCases, \.role)
        .times(SeededSituation.Suspension.allCases, \.suspension)
        .times([Person.GuideRole.admin, .agent, .viewer, .none], \.guide).times(HelpCenter.allCases, \.helpCenter)
        .times(GuideEntitlement.allCases, \.entitlement).times([true, false], \.offersEntitlements)

    private static let addresses: [SeededSituation] = every(SeededSituation.Addresses.allCases, \.addresses)
        .times(BlockedAnswer.allCases, \.blockedAnswer).times([true, false], \.knowsEgress)
        .times([true, false], \.offersSettings).times([.admin, .agent], \.role)

    private static let plans: [SeededSituation] = every(Plan.allCases, \.plan)
        .times(SeededSituation.Calls.allCases, \.calls).times([true, false], \.offersAuditLog)
        .times([.admin, .billingAdmin], \.role)

    private static let grants: [SeededSituation] = every(SeededSituation.Refresh.allCases, \.refresh)
        .times(SeededSituation.Granted.allCases, \.granted).times(SeededSituation.Role.allCases, \.role)
        .times([Person.GuideRole.admin, .none], \.guide)

    private static let ways: [SeededSituation] = every(SeededSituation.Account.allCases, \.account)
        .times(SeededSituation.Clock.allCases, \.clock).times(SeededSituation.Client.allCases, \.client)
        .times(SeededSituation.Addresses.allCases, \.addresses)

    private static func every<Value>(
        _ values: [Value], _ member: WritableKeyPath<SeededSituation, Value>
    ) -> [SeededSituation] { [SeededSituation()].times(values, member) }
}

extension [SeededSituation] {
    /// Each of these with each of the values.
    fileprivate func times<Value>(_ values: [Value], _ member: WritableKeyPath<SeededSituation, Value>) -> Self {
        flatMap { situation in
            values.map { value in
                var changed = situation
                changed[keyPath: member] = value
                return changed
            }
        }
    }
}

/// SplitMix64: the same draws in every run.
private struct Dice: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func draw<Value>(_ values: [Value], into value: inout Value) {
        value = values.randomElement(using: &self) ?? value
    }
}

extension SeededSituation {
    fileprivate init(drawnWith dice: inout Dice) {
        self.init()
        // Mostly an account that can be reached, or nothing behind it would ever be seen.
        dice.draw([.open, .open, .open, .open, .open, .unpaid, .gone, .certificateBad], into: &account)
        dice.draw([.open, .open, .ours, .ours, .othersOnly, .othersOnly, .shut], into: &addresses)
        dice.draw([.none, .none, .none, .visible, .tokenDead, .forbidden], into: &suspension)
        dice.draw([.admin, .admin, .admin, .agent, .endUser, .billingAdmin, .deleted], into: &role)
        dice.draw(BlockedAnswer.allCases, into: &blockedAnswer)
        dice.draw([true, false], into: &knowsEgress)
        dice.draw(Person.GuideRole.allCases, into: &guide)
        dice.draw(HelpCenter.allCases, into: &helpCenter)
        dice.draw(GuideEntitlement.allCases, into: &entitlement)
        dice.draw([true, false], into: &offersEntitlements)
        dice.draw([true, false], into: &offersSettings)
        dice.draw([true, false], into: &offersAuditLog)
        dice.draw(Plan.allCases, into: &plan)
        dice.draw(Client.allCases, into: &client)
        dice.draw(Clock.allCases, into: &clock)
        dice.draw(Calls.allCases, into: &calls)
        dice.draw(Refresh.allCases, into: &refresh)
        dice.draw(Granted.allCases, into: &granted)
    }
}
