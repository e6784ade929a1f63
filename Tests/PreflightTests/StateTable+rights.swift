import GatewayCore
import HTTPTypes
import TestSupport
import ZendeskEmulator

@testable import Preflight

extension StateTable {
    static let rights: [StateRow] =
        [
            StateRow(.guideRoleAdmin, .pass, GuideRoleCheck.marked) { _ in },
            StateRow(
                .guideRoleAdmin, .pass, GuideRoleCheck.manager, seeding { $0.switches.guideEntitlement = .nameOnly }),
            StateRow(
                .guideRoleAdmin, .cannotTell, GuideRoleCheck.unclear,
                seeding { organization in
                    organization.switches.guideEntitlement = .nameOnly
                    organization.people[0].role = .agent
                }),
            StateRow(.guideRoleAdmin, .fail, GuideRoleCheck.otherRole, seeding { $0.people[0].guideRole = .agent }),
            StateRow(.guideRoleAdmin, .fail, GuideRoleCheck.unmarked, seeding { $0.people[0].guideRole = .none }),
            StateRow(
                .guideRoleAdmin, .fail, GuideRoleCheck.noManager,
                seeding { organization in
                    organization.switches.guideEntitlement = .nameOnly
                    organization.people[0].guideRole = .agent
                }),
            StateRow(.guideRoleAdmin, .fail, GuideRoleCheck.noHelpCenter, seeding { $0.switches.helpCenter = .absent }),
            StateRow(.guideRoleAdmin, skippedBecauseOf: .identityKnown, anonymous),
            StateRow(.ipRestrictionsOff, .pass, IPRestrictionsCheck.off) { _ in },
            StateRow(
                .ipRestrictionsOff, .cannotTell, IPRestrictionsCheck.untold,
                seeding { $0.switches.missingEndpoints = ["security_settings"] }),
            StateRow(.ipRestrictionsOff, .warn, IPRestrictionsCheck.covered) { restrict(&$0, egress: "127.0.0.1") },
            StateRow(.ipRestrictionsOff, .fail, IPRestrictionsCheck.notCovered) {
                restrict(&$0, egress: "198.51.100.7")
            },
            StateRow(.ipRestrictionsOff, .fail, IPRestrictionsCheck.on) { restrict(&$0, egress: nil) },
            StateRow(.ipRestrictionsOff, skippedBecauseOf: .supportRoleAdmin, seeding { $0.people[0].role = .agent }),
            StateRow(.planLoginActivity, .pass, LoginActivityCheck.counted) { _ in },
            StateRow(.planLoginActivity, .warn, LoginActivityCheck.notOnPlan, seeding { $0.switches.plan = .team }),
            StateRow(
                .planLoginActivity, .warn, LoginActivityCheck.notOffered,
                seeding { $0.switches.missingEndpoints = ["audit_logs"] }),
            StateRow(.planLoginActivity, skippedBecauseOf: .supportRoleAdmin, seeding { $0.people[0].role = .agent }),
        ] + unanswered(.ipRestrictionsOff, Path.security) + unanswered(.planLoginActivity, Path.audit)
        + guideUnanswered

    static let grant: [StateRow] = [
        StateRow(.refreshWorks, .pass, RefreshWorksCheck.renewable) { _ in },
        StateRow(.refreshWorks, .cannotTell, RefreshWorksCheck.endUntold) { $0.accessEnd = nil },
        StateRow(.refreshWorks, .warn, RefreshWorksCheck.endsSoon) { $0.refreshEnd = 86_400 },
        StateRow(.refreshWorks, .fail, RefreshWorksCheck.ended) { $0.refreshEnd = 0 },
        StateRow(.refreshWorks, .fail, RefreshWorksCheck.none) { $0.hasRefreshToken = false },
        StateRow(.refreshWorks, skippedBecauseOf: .tokenAccepted, deadToken),
    ]

    static let blocked: @Sendable (inout Organization) -> Void = { organization in
        organization.switches.ipRestrictionEnabled = true
        organization.switches.ipRanges = "192.0.2.1"
    }

    /// The list lets this machine in, so that the question can be asked at all.
    private static func restrict(_ asked: inout AskedOrganization, egress: String?) {
        asked.egress = egress.flatMap { IPRange($0) }.map { [$0] } ?? []
        asked.standIn.update("acme") { organization in
            organization.switches.ipRestrictionEnabled = true
            organization.switches.ipRanges = "127.0.0.0/8"
        }
    }

    /// What a question that gets no usable answer meets, with how it then ends.
    private static let refusals: [(CheckState, Outcome, OutboundResponse)] = [
        (.cannotTell, Unanswered.busy, Refused.busy), (.cannotTell, Unanswered.odd, json("[]")),
        (.cannotTell, Unanswered.elsewhere, page(302, location: "https://elsewhere.example/")),
        (.cannotTell, Unanswered.refused, Refused.unauthenticated),
        (.cannotTell, Unanswered.notPermitted, Refused.role), (.fail, Unanswered.scopeMissing, Refused.scope),
        (.fail, Unanswered.gone, Refused.noHelpDesk), (.fail, Unanswered.dead, Refused.invalidToken),
    ]

    static func unanswered(_ code: CheckCode, _ path: String) -> [StateRow] {
        let excluded = unreachable[code] ?? []
        return [StateRow(code, .cannotTell, Unanswered.unreachable, failing(path, .timedOut))]
            + refusals.filter { !excluded.contains($0.1) }.map { StateRow(code, $0.0, $0.1, answering(path, $0.2)) }
    }

    /// Where the entitlements are not offered, the managers' list is asked; only the token's death is told at once.
    private static let guideUnanswered: [StateRow] =
        [
            StateRow(.guideRoleAdmin, .cannotTell, Unanswered.unreachable) {
                $0.fail(Path.entitlements($0), .timedOut)
            },
            StateRow(.guideRoleAdmin, .fail, Unanswered.dead) {
                $0.answer([Path.entitlements($0): Refused.invalidToken])
            },
        ]
        + refusals.filter { $0.1 != Unanswered.notPermitted }.map { state, outcome, answer in
            StateRow(.guideRoleAdmin, state, outcome) {
                $0.answer([Path.entitlements($0): Refused.noEndpoint, Path.segments: answer])
            }
        }
}
