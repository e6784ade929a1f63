package import GatewayCore
package import Preflight

/// Preflight of an organization before anybody has signed in: name, TLS, account, clock, OAuth client. Sends no token.
package struct ColdPreflight: Sendable {
    private let settings: PreflightSettings
    private let transport: any HTTPTransport
    private let clock: any WallClock
    private let random: any RandomSource
    private let limits: ColdPreflightLimits
    private let runner = PreflightRunner(checks: PreflightRunner.coldChecks)

    /// Makes the use case; without limits only for a person at the command line.
    package init(
        settings: PreflightSettings, transport: any HTTPTransport, clock: any WallClock, random: any RandomSource,
        limitsRates: Bool
    ) {
        self.settings = settings
        self.transport = transport
        self.clock = clock
        self.random = random
        limits = ColdPreflightLimits(isOn: limitsRates, clock: clock)
    }

    /// The codes of the findings that will come, in the order of the report.
    package static var codes: [CheckCode] { PreflightRunner.coldChecks.map(\.code) }

    /// Runs the checks that need no token. `caller` is whoever asks: a session, a key or an address. Throws
    /// `ColdPreflightRefusal`.
    package func run(
        organizationURL organization: OrganizationURL, caller: String,
        onFinding: @Sendable (CheckedFinding) -> Void = { _ in }
    ) async throws(ColdPreflightRefusal) -> PreflightReport {
        try limits.spend(caller: caller, target: organization.subdomain)
        let context = settings.context(
            of: organization, transport: transport, clock: clock, random: random, connected: nil)
        return await runner.run(
            PreflightReportID(random: random), in: context, connection: nil, onFinding: onFinding)
    }
}

package enum ColdPreflightRefusal: Explained, Equatable {
    case tooMany(retryAfter: Int)

    package var explanation: Explanation {
        switch self {
        case .tooMany(let seconds):
            Explanation(
                code: "rate_limit.exceeded", message: "Too many organizations were checked in a short time.",
                remedy: "Wait \(seconds) seconds.")
        }
    }
}
