package import GatewayCore
import OAuth
import Preflight

/// What every preflight of this installation asks about.
package struct PreflightSettings: Sendable {
    package let zendesk: ZendeskSettings
    /// The addresses our calls leave from; empty when the operator named none.
    package let egress: [IPRange]

    package init(zendesk: ZendeskSettings, egress: [IPRange]) {
        self.zendesk = zendesk
        self.egress = egress
    }

    /// A context of its own for each run: answers are shared within a run and never between two.
    func context(
        of organization: OrganizationURL, transport: any HTTPTransport, clock: any WallClock,
        random: any RandomSource, connected: ConnectedFacts?
    ) -> PreflightContext {
        let level = connected?.permissionLevel ?? .read
        // Nobody ever comes back with these: they are drawn so that the request looks like any other.
        let request = AuthorizationRequest(
            clientID: zendesk.clientID, redirectURI: zendesk.redirectURI, scope: level.scopes,
            state: AuthorizationState(random: random).value, challenge: ProofKey(random: random).challenge)
        return PreflightContext(
            organization: organization, transport: transport, authorization: request, clock: clock, egress: egress,
            connected: connected)
    }
}
