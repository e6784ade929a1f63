import GatewayCore
import HTTPTypes
import TestSupport
import ZendeskEmulator

@testable import Preflight

extension StateTable {
    static let cold: [StateRow] = [
        StateRow(.hostResolves, .pass, HostResolvesCheck.found) { _ in },
        StateRow(.hostResolves, .fail, HostResolvesCheck.none, failing(Path.locales, .nameNotFound)),
        StateRow(.hostResolves, .fail, HostResolvesCheck.serverFailed, failing(Path.locales, .nameServerFailed)),
        StateRow(.hostResolves, .fail, HostResolvesCheck.slow, failing(Path.locales, .nameLookupTimedOut)),
        StateRow(.tlsValid, .pass, TLSValidCheck.plain) { _ in },
        StateRow(.tlsValid, .pass, TLSValidCheck.genuine) { $0.usesPlainHTTP = false },
        StateRow(.tlsValid, .fail, TLSValidCheck.refused, failing(Path.locales, .connectionRefused)),
        StateRow(.tlsValid, .fail, TLSValidCheck.slow, failing(Path.locales, .connectTimedOut)),
        StateRow(.tlsValid, .fail, TLSValidCheck.handshakeFailed, failing(Path.locales, .tlsFailed)),
        StateRow(.tlsValid, .fail, TLSValidCheck.untrusted, unreachableAccount),
        StateRow(.tlsValid, skippedBecauseOf: .hostResolves, failing(Path.locales, .nameNotFound)),
        StateRow(.organizationExists, .pass, OrganizationExistsCheck.alive) { _ in },
        StateRow(.organizationExists, .warn, OrganizationExistsCheck.blocked, seeding(blocked)),
        StateRow(
            .organizationExists, .cannotTell, OrganizationExistsCheck.busy, answering(Path.locales, Refused.busy)),
        StateRow(.organizationExists, .cannotTell, OrganizationExistsCheck.silent, failing(Path.locales, .timedOut)),
        StateRow(.organizationExists, .cannotTell, OrganizationExistsCheck.odd, answering(Path.locales, page(200))),
        StateRow(
            .organizationExists, .fail, OrganizationExistsCheck.elsewhere,
            answering(Path.locales, page(302, location: "https://elsewhere.example/"))),
        StateRow(.organizationExists, .fail, OrganizationExistsCheck.closed, seeding { $0.switches.account = .unpaid }),
        StateRow(.organizationExists, .fail, OrganizationExistsCheck.nobody, seeding { $0.switches.account = .gone }),
        StateRow(.organizationExists, skippedBecauseOf: .tlsValid, unreachableAccount),
        StateRow(.clockAgrees, .pass, ClockAgreesCheck.agrees) { _ in },
        StateRow(.clockAgrees, .cannotTell, ClockAgreesCheck.untold, answering(Path.locales, json("{}"))),
        StateRow(.clockAgrees, .warn, ClockAgreesCheck.apart, seeding { $0.switches.dateShiftSeconds = -61 }),
        StateRow(.clockAgrees, .fail, ClockAgreesCheck.far, seeding { $0.switches.dateShiftSeconds = 301 }),
        StateRow(.clockAgrees, skippedBecauseOf: .tlsValid, unreachableAccount),
        StateRow(.oauthClientKnown, .pass, OAuthClientKnownCheck.known) { _ in },
        StateRow(
            .oauthClientKnown, .cannotTell, OAuthClientKnownCheck.untold, answering(Path.authorization, page(503))),
        StateRow(
            .oauthClientKnown, .fail, OAuthClientKnownCheck.requestRefused,
            answering(Path.authorization, page(302, location: SampleGateway.redirectURI + "?error=server_error"))),
        StateRow(.oauthClientKnown, .fail, OAuthClientKnownCheck.scopeRefused) { asked in
            asked.standIn.add(
                EmulatorClient(
                    identifier: SampleGateway.clientID, secret: "x", redirectURIs: [SampleGateway.redirectURI],
                    allowedScopes: ["read"]))
        },
        StateRow(.oauthClientKnown, .fail, OAuthClientKnownCheck.redirectURIRefused) {
            $0.redirectURI = "https://elsewhere.example/callback"
        },
        StateRow(.oauthClientKnown, .fail, OAuthClientKnownCheck.unknown, seeding { $0.switches.knowsClients = false }),
        StateRow(.oauthClientKnown, skippedBecauseOf: .organizationExists, nobodyHome),
    ]

    static let account: [StateRow] = [
        StateRow(.tokenAccepted, .pass, TokenAcceptedCheck.accepted) { _ in },
        StateRow(.tokenAccepted, .fail, TokenAcceptedCheck.unreachable, failing(Path.me, .timedOut)),
        StateRow(.tokenAccepted, .fail, TokenAcceptedCheck.busy, answering(Path.me, Refused.busy)),
        StateRow(.tokenAccepted, .fail, TokenAcceptedCheck.odd, answering(Path.me, json("[]"))),
        StateRow(.tokenAccepted, .fail, Unanswered.gone, answering(Path.me, Refused.noHelpDesk)),
        StateRow(
            .tokenAccepted, .fail, TokenAcceptedCheck.role,
            seeding { organization in
                organization.people[0].isSuspended = true
                organization.switches.suspendedPerson = .forbidden
            }),
        StateRow(.tokenAccepted, .fail, TokenAcceptedCheck.scopes, answering(Path.me, Refused.scope)),
        StateRow(.tokenAccepted, .fail, TokenAcceptedCheck.refused, answering(Path.me, Refused.unauthenticated)),
        StateRow(.tokenAccepted, .fail, TokenAcceptedCheck.blocked, seeding(blocked)),
        StateRow(.tokenAccepted, .fail, Unanswered.dead, seeding { $0.people[0].isActive = false }),
        StateRow(.tokenAccepted, skippedBecauseOf: .organizationExists, nobodyHome),
        StateRow(.identityKnown, .pass, IdentityKnownCheck.known) { _ in },
        StateRow(.identityKnown, .fail, IdentityKnownCheck.anonymous, anonymous),
        StateRow(.identityKnown, skippedBecauseOf: .tokenAccepted, deadToken),
        StateRow(.rateLimitHeadroom, .pass, RateLimitCheck.plenty) { _ in },
        StateRow(
            .rateLimitHeadroom, .pass, RateLimitCheck.plentyOfUnknown, seeding { $0.switches.rateLimit = 900 }),
        StateRow(
            .rateLimitHeadroom, .cannotTell, RateLimitCheck.untold, seeding { $0.switches.showsRateLimit = false }),
        StateRow(.rateLimitHeadroom, .warn, RateLimitCheck.scarce, seeding { $0.switches.callsOfOthers = 10_000 }),
        StateRow(.rateLimitHeadroom, .warn, RateLimitCheck.tiny, seeding { $0.switches.rateLimit = 10 }),
        StateRow(.rateLimitHeadroom, skippedBecauseOf: .tokenAccepted, deadToken),
    ]

    static let person: [StateRow] =
        [
            StateRow(.scopesGranted, .pass, ScopesGrantedCheck.works) { _ in },
            StateRow(.scopesGranted, .warn, ScopesGrantedCheck.extra) {
                $0.granted = ScopeSet(["read", "write", "impersonate"])
            },
            StateRow(.scopesGranted, .fail, ScopesGrantedCheck.refused, answering(Path.users, Refused.scope)),
            StateRow(.scopesGranted, .fail, ScopesGrantedCheck.less) { $0.granted = ScopeSet(["read"]) },
            StateRow(.scopesGranted, skippedBecauseOf: .identityKnown, anonymous),
            StateRow(
                .scopesGranted, skippedBecauseOf: .supportRoleAdmin,
                seeding { organization in
                    organization.people[0].role = .endUser
                }),
            StateRow(.supportRoleAdmin, .pass, SupportRoleCheck.admin) { _ in },
            StateRow(.supportRoleAdmin, .fail, SupportRoleCheck.billing, seeding { $0.people[0].roleType = 5 }),
            StateRow(.supportRoleAdmin, .fail, SupportRoleCheck.other, seeding { $0.people[0].role = .agent }),
            StateRow(
                .supportRoleAdmin, .fail, SupportRoleCheck.suspended,
                seeding { organization in
                    organization.people[0].isSuspended = true
                    organization.switches.suspendedPerson = .visible
                }),
            StateRow(
                .supportRoleAdmin, .fail, SupportRoleCheck.deleted,
                answering(Path.me, json(#"{"user":{"id":1,"role":"admin","active":false}}"#))),
            StateRow(.supportRoleAdmin, skippedBecauseOf: .identityKnown, anonymous),
        ] + unanswered(.scopesGranted, Path.users)
}
