import ZendeskEmulator

@testable import Preflight

/// One finding that is no pass: how the check ends, and words that only this ending has.
struct ExpectedFinding: Sendable, Equatable, CustomStringConvertible {
    let status: CheckStatus
    let words: String

    var description: String { "\(status.rawValue): \(words)" }
}

/// What the checks have to find in a situation, said a second time: from what is wrong, in the words of the product, without
/// asking a check.
struct ExpectedFindings {
    private(set) var all: [String: ExpectedFinding] = [:]

    private static let behindAccount = ["oauth_client.known", "token.accepted"] + behindToken
    private static let behindToken = [
        "identity.known", "scopes.granted", "support_role.admin", "guide_role.admin", "ip_restrictions.off",
        "plan.login_activity", "rate_limit.headroom", "refresh.works",
    ]

    init(_ situation: SeededSituation) {
        guard reachesAccount(situation) else { return }
        guard opensSomething(situation) else { return }
        tellScopes(situation)
        tellGuide(situation)
        tellCalls(situation)
        tellRefresh(situation)
        guard isSupportAdmin(situation) else { return }
        tellAddresses(situation)
        tellPlan(situation)
    }

    private mutating func expect(_ code: String, _ status: CheckStatus, _ words: String) {
        all[code] = ExpectedFinding(status: status, words: words)
    }

    private mutating func skip(_ codes: [String], because title: String) {
        for code in codes { expect(code, .skipped, title) }
    }

    /// Whoever has no genuine account in front of them learns nothing else, except what time it is there.
    private mutating func reachesAccount(_ situation: SeededSituation) -> Bool {
        let clock: [SeededSituation.Clock: CheckStatus] = [.apart: .warn, .far: .fail]
        if situation.account == .certificateBad {
            expect("tls.valid", .fail, "not to be trusted")
            skip(["organization.exists", "clock.agrees"] + Self.behindAccount, because: "encrypted and genuine")
            return false
        }
        if let status = clock[situation.clock] {
            expect("clock.agrees", status, situation.clock == .apart ? "100 seconds behind" : "4000 seconds behind")
        }
        guard situation.account == .open else {
            let words = situation.account == .unpaid ? "closed or suspended" : "no Zendesk account at this address"
            expect("organization.exists", .fail, words)
            skip(Self.behindAccount, because: "A Zendesk account lives there")
            return false
        }
        return true
    }

    private mutating func opensSomething(_ situation: SeededSituation) -> Bool {
        if situation.addresses == .shut {
            expect("organization.exists", .warn, "refuses even what it tells everybody")
            expect("oauth_client.known", .warn, "did not show")
            expect("token.accepted", .fail, "with a token and without")
        } else {
            switch situation.client {
            case .known: break
            case .unknown: expect("oauth_client.known", .fail, "does not know Latchkey")
            case .otherRedirect: expect("oauth_client.known", .fail, "not the address it sends you back to")
            }
            if situation.role == .deleted || situation.suspension == .tokenDead {
                expect("token.accepted", .fail, "no longer accepts the token")
            } else if situation.suspension == .forbidden {
                expect("token.accepted", .fail, "does not permit any call")
            }
        }
        guard all["token.accepted"] != nil else { return true }
        skip(Self.behindToken, because: "Zendesk lets Latchkey in")
        return false
    }

    private mutating func tellScopes(_ situation: SeededSituation) {
        if situation.granted == .less {
            expect("scopes.granted", .fail, "granted less")
        } else if situation.role == .endUser {
            expect("scopes.granted", .skipped, "Support role is Admin")
        } else if situation.granted == .more {
            expect("scopes.granted", .warn, "granted more")
        }
    }

    private mutating func isSupportAdmin(_ situation: SeededSituation) -> Bool {
        let words: String? =
            if situation.suspension == .visible {
                "is suspended"
            } else if situation.role == .billingAdmin {
                "billing admin"
            } else if situation.role == .admin { nil } else {
                situation.role == .agent ? "The role is agent" : "The role is end user"
            }
        guard let words else { return true }
        expect("support_role.admin", .fail, words)
        skip(["ip_restrictions.off", "plan.login_activity"], because: "Support role is Admin")
        return false
    }

    private mutating func tellGuide(_ situation: SeededSituation) {
        guard situation.helpCenter != .absent else {
            return expect("guide_role.admin", .fail, "no active help center")
        }
        // Entitlements are for team members, not every account has them, and their older form does not name the box.
        let tellsBox = situation.offersEntitlements && situation.entitlement != .nameOnly && situation.role != .endUser
        switch (situation.guide, tellsBox) {
        case (.admin, true): break
        case (.agent, true), (.viewer, true): expect("guide_role.admin", .fail, "Guide role is not Admin")
        case (.none, true): expect("guide_role.admin", .fail, "is not marked")
        // The list of the managers proves something about an admin in Support only.
        case (.admin, false) where situation.role == .admin: break
        case (.admin, false): expect("guide_role.admin", .warn, "does not tell what the Guide role is")
        case (_, false): expect("guide_role.admin", .fail, "may not manage the help center")
        }
    }

    private mutating func tellAddresses(_ situation: SeededSituation) {
        guard situation.offersSettings else {
            return expect("ip_restrictions.off", .warn, "does not tell whether IP restrictions are on")
        }
        guard situation.addresses != .open else { return }
        guard situation.knowsEgress else {
            return expect("ip_restrictions.off", .fail, "which addresses our calls come from is not known")
        }
        if situation.addresses == .ours {
            expect("ip_restrictions.off", .warn, "are in the list: \(SeededSituation.ourAddress)")
        } else {
            expect("ip_restrictions.off", .fail, "Missing: \(SeededSituation.ourAddress)")
        }
    }

    private mutating func tellPlan(_ situation: SeededSituation) {
        if !situation.offersAuditLog {
            expect("plan.login_activity", .warn, "does not offer its audit log")
        } else if situation.plan == .team || situation.plan == .professional {
            expect("plan.login_activity", .warn, "plan has no audit log")
        }
    }

    private mutating func tellCalls(_ situation: SeededSituation) {
        switch situation.calls {
        case .plenty: break
        case .untold: expect("rate_limit.headroom", .warn, "did not say how many calls")
        case .few: expect("rate_limit.headroom", .warn, "allows only 10 calls a minute")
        case .usedUp: expect("rate_limit.headroom", .warn, "Only 0 of")
        }
    }

    private mutating func tellRefresh(_ situation: SeededSituation) {
        switch situation.refresh {
        case .renewable: break
        case .none: expect("refresh.works", .fail, "no way to renew its access")
        case .ended: expect("refresh.works", .fail, "can no longer be renewed")
        case .endsSoon: expect("refresh.works", .warn, "less than three more days")
        case .endUntold: expect("refresh.works", .warn, "did not say how long the access lasts")
        }
    }
}
