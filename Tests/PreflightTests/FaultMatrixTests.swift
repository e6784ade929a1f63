import Foundation
import GatewayCore
import TestSupport
import Testing
import ZendeskEmulator

@testable import Preflight

/// One thing that is wrong, as a person would bring it about.
private enum SeededFault: Int, CaseIterable {
    case agent, suspended, boxUnmarked, noHelpCenter, restricted, smallPlan, clientUnknown, clockOff
    case callsUsedUp, noRefreshToken, grantedLess
    case unpaid, gone, blocked

    func bring(about asked: inout AskedOrganization) {
        switch self {
        case .noRefreshToken: asked.hasRefreshToken = false
        case .grantedLess: asked.granted = ScopeSet(["read"])
        default: asked.standIn.update("acme") { seed(in: &$0) }
        }
    }

    private func seed(in organization: inout Organization) {
        switch self {
        case .agent: organization.people[0].role = .agent
        case .suspended:
            organization.people[0].isSuspended = true
            organization.switches.suspendedPerson = .visible
        case .boxUnmarked: organization.people[0].guideRole = .none
        case .noHelpCenter: organization.switches.helpCenter = .absent
        case .restricted:
            organization.switches.ipRestrictionEnabled = true
            organization.switches.ipRanges = "127.0.0.0/8"
        case .smallPlan: organization.switches.plan = .professional
        case .clientUnknown: organization.switches.knowsClients = false
        case .clockOff: organization.switches.dateShiftSeconds = 4_000
        case .callsUsedUp: organization.switches.callsOfOthers = 10_000
        case .unpaid: organization.switches.account = .unpaid
        case .gone: organization.switches.account = .gone
        case .blocked:
            organization.switches.ipRestrictionEnabled = true
            organization.switches.ipRanges = "192.0.2.1"
        case .noRefreshToken, .grantedLess: break
        }
    }
}

@Suite("All combinations of seeded faults") struct FaultMatrixTests {
    /// Everything that should not pass, said a second time and without the checks.
    private static func expected(_ faults: Set<SeededFault>) -> [String: CheckStatus] {
        var expected: [String: CheckStatus] = [:]
        if faults.contains(.clockOff) { expected["clock.agrees"] = .fail }
        let behindToken = [
            "identity.known", "scopes.granted", "support_role.admin", "guide_role.admin", "ip_restrictions.off",
            "plan.login_activity", "rate_limit.headroom", "refresh.works",
        ]
        if !faults.isDisjoint(with: [.unpaid, .gone]) {
            expected["organization.exists"] = .fail
            for code in behindToken + ["token.accepted", "oauth_client.known"] { expected[code] = .skipped }
            return expected
        }
        if faults.contains(.blocked) {
            expected["organization.exists"] = .warn
            expected["oauth_client.known"] = .warn
            expected["token.accepted"] = .fail
            for code in behindToken { expected[code] = .skipped }
            return expected
        }
        if faults.contains(.clientUnknown) { expected["oauth_client.known"] = .fail }
        if faults.contains(.grantedLess) { expected["scopes.granted"] = .fail }
        if faults.contains(.callsUsedUp) { expected["rate_limit.headroom"] = .warn }
        if faults.contains(.noRefreshToken) { expected["refresh.works"] = .fail }
        if !faults.isDisjoint(with: [.boxUnmarked, .noHelpCenter]) { expected["guide_role.admin"] = .fail }
        if !faults.isDisjoint(with: [.agent, .suspended]) {
            expected["support_role.admin"] = .fail
            expected["ip_restrictions.off"] = .skipped
            expected["plan.login_activity"] = .skipped
        } else {
            if faults.contains(.restricted) { expected["ip_restrictions.off"] = .fail }
            if faults.contains(.smallPlan) { expected["plan.login_activity"] = .warn }
        }
        return expected
    }

    private static func found(_ faults: Set<SeededFault>) async throws -> [String: CheckStatus] {
        var asked = try AskedOrganization()
        asked.egress = [try #require(IPRange("198.51.100.7"))]
        for fault in faults.sorted(by: { $0.rawValue < $1.rawValue }) { fault.bring(about: &asked) }
        let report = try await asked.report()
        #expect(asked.transport.calls.count <= 8, "\(faults)")
        #expect(report.checks.map(\.code) == CheckCode.allCases.map(\.rawValue))
        return Dictionary(
            uniqueKeysWithValues: report.checks.filter { $0.status != .pass }.map { ($0.code, $0.status) })
    }

    private static func check(_ faults: Set<SeededFault>) async throws {
        let found = try await found(faults)
        #expect(found == expected(faults), "\(faults.map { "\($0)" }.sorted())")
    }

    /// The last fault of the eight decides which quarter a test takes.
    @Test(arguments: 0..<8)
    func `of eight faults each of the 256 combinations gives exactly its findings, with three more and without`(
        part: Int
    ) async throws {
        let others: Set<SeededFault> = [.callsUsedUp, .noRefreshToken, .grantedLess]
        for bits in (part * 32)..<(part * 32 + 32) {
            let faults = Set((0..<8).filter { bits & (1 << $0) != 0 }.compactMap(SeededFault.init))
            try await Self.check(faults)
            try await Self.check(faults.union(others))
        }
    }

    @Test(arguments: [[SeededFault.unpaid], [.gone], [.blocked]].map { $0.map(\.rawValue) })
    func `what takes the whole organization away is told alone, whatever else is wrong`(whole: [Int]) async throws {
        let whole = Set(whole.compactMap(SeededFault.init))
        for bits in 0..<32 {
            let others: [SeededFault] = [.agent, .boxUnmarked, .clientUnknown, .clockOff, .noRefreshToken]
            try await Self.check(
                whole.union(others.enumerated().filter { bits & (1 << $0.offset) != 0 }.map(\.element)))
        }
    }

    @Test func `every pair of faults gives exactly its findings`() async throws {
        for first in SeededFault.allCases {
            for second in SeededFault.allCases where second.rawValue >= first.rawValue {
                let faults: Set<SeededFault> = [first, second]
                // Both switch the restriction on, and the account is in one state only.
                guard faults != [.restricted, .blocked], faults != [.unpaid, .gone] else { continue }
                try await Self.check(faults)
            }
        }
    }
}
