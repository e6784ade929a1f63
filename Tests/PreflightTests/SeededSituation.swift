import Foundation
import GatewayCore
import TestSupport
import ZendeskEmulator

@testable import Preflight

/// What the stand-in, and what we keep of a connection, can be brought to show. Faults that exclude each other are values of
/// one member: an account is in one state, there is one list of addresses, a person has one role.
struct SeededSituation: Sendable, Equatable {
    enum Account: CaseIterable { case open, unpaid, gone, certificateBad }
    /// Whom the list of the IP restrictions lets in: everybody, this test and our addresses, this test alone, nobody of us.
    enum Addresses: CaseIterable { case open, ours, othersOnly, shut }
    enum Role: CaseIterable { case admin, agent, endUser, billingAdmin, deleted }
    enum Suspension: CaseIterable { case none, visible, tokenDead, forbidden }
    enum Client: CaseIterable { case known, unknown, otherRedirect }
    enum Clock: CaseIterable { case right, apart, far }
    enum Calls: CaseIterable { case plenty, usedUp, few, untold }
    enum Refresh: CaseIterable { case renewable, none, ended, endsSoon, endUntold }
    enum Granted: CaseIterable { case enough, less, more }

    var account = Account.open
    var addresses = Addresses.open
    var blockedAnswer = BlockedAnswer.page
    var knowsEgress = true
    var role = Role.admin
    var suspension = Suspension.none
    var guide = Person.GuideRole.admin
    var helpCenter = HelpCenter.enabled
    var entitlement = GuideEntitlement.full
    var offersEntitlements = true
    var offersSettings = true
    var offersAuditLog = true
    var plan = Plan.enterprise
    var client = Client.known
    var clock = Clock.right
    var calls = Calls.plenty
    var refresh = Refresh.renewable
    var granted = Granted.enough

    /// An end user has no Guide role, and nobody is deleted and suspended at once.
    var isPossible: Bool {
        (role != .endUser || guide == .none) && (role != .deleted || suspension == .none)
    }

    static let ourAddress = "198.51.100.7"

    /// A connection to an organization of which all this is true.
    func asked(of base: AskedOrganization) throws -> AskedOrganization {
        var asked = base
        asked.standIn.reset()
        asked.transport.forget()
        asked.egress = knowsEgress ? [IPRange(Self.ourAddress)].compactMap { $0 } : []
        asked.redirectURI = client == .otherRedirect ? "https://elsewhere.example/callback" : SampleGateway.redirectURI
        let scopes: [Granted: [String]] = [.less: ["read"], .more: ["read", "write", "impersonate"]]
        asked.granted = scopes[granted].map { ScopeSet($0) }
        asked.hasRefreshToken = refresh != .none
        asked.accessEnd = refresh == .endUntold ? nil : 172_800
        asked.refreshEnd = refresh == .ended ? -1 : refresh == .endsSoon ? 86_400 : 7_776_000
        asked.standIn.update("acme", seed)
        let certificateBad = account == .certificateBad
        // The stand-in shows a bad certificate on a socket; here the transport says what it would say then.
        asked.transport.before { _ throws(TransportFailure) in
            if certificateBad { throw .certificateUntrusted }
            return nil
        }
        return asked
    }

    @Sendable private func seed(_ organization: inout Organization) {
        // Nothing reads more than one entry, and many would only cost time.
        organization.auditLog = Array(organization.auditLog.suffix(1))
        seedPerson(&organization.people[0])
        let entitlements = "users/\(organization.people[0].id)/entitlements/full"
        organization.switches.missingEndpoints =
            (offersEntitlements ? [] : [entitlements]) + (offersSettings ? [] : ["security_settings"])
            + (offersAuditLog ? [] : ["audit_logs"])
        seedSwitches(&organization.switches)
    }

    private func seedPerson(_ person: inout Person) {
        person.role = role == .agent ? .agent : role == .endUser ? .endUser : .admin
        person.roleType = role == .billingAdmin ? 5 : person.role == .admin ? 4 : nil
        person.isActive = role != .deleted
        person.isSuspended = suspension != .none
        person.guideRole = guide
    }

    private func seedSwitches(_ switches: inout OrganizationSwitches) {
        switches.account = account == .unpaid ? .unpaid : account == .gone ? .gone : .open
        switches.ipRestrictionEnabled = addresses != .open
        let ranges: [Addresses: String] = [
            .ours: "127.0.0.0/8 198.51.100.0/24", .othersOnly: "127.0.0.0/8", .shut: "192.0.2.1",
        ]
        switches.ipRanges = ranges[addresses]
        switches.blockedAnswer = blockedAnswer
        let forms: [Suspension: SuspendedPerson] = [
            .visible: .visible, .tokenDead: .tokenDead, .forbidden: .forbidden,
        ]
        switches.suspendedPerson = forms[suspension] ?? .tokenDead
        switches.helpCenter = helpCenter
        switches.guideEntitlement = entitlement
        switches.plan = plan
        switches.knowsClients = client != .unknown
        switches.dateShiftSeconds = clock == .right ? 0 : clock == .apart ? 100 : 4_000
        switches.rateLimit = calls == .few ? 10 : nil
        switches.callsOfOthers = calls == .usedUp ? 10_000 : 0
        switches.showsRateLimit = calls != .untold
    }
}
