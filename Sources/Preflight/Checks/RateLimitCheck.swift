import Zendesk

/// `rate_limit.headroom`: how many calls a minute are left, and what plan the limit suggests.
package struct RateLimitCheck: ConnectionCheck {
    package let code = CheckCode.rateLimitHeadroom
    package let needs: [CheckCode] = [.tokenAccepted]
    package let timeLimit = Duration.seconds(12)
    package let question = """
        Reads how many calls a minute the account allows, and how many are left, from the headers of the answer that says \
        who is signed in. No call of its own.
        """
    package let outcomes = [plenty, plentyOfUnknown, untold, scarce, tiny]

    /// With less than this share left, other programs use the account's calls up.
    static let share = 0.2
    /// A sync of one page a second needs this many a minute.
    static let least = 60

    static let plenty = Outcome.pass("{remaining} of {limit} calls a minute are left, which suggests the plan {plan}.")
    static let plentyOfUnknown = Outcome.pass("{remaining} of {limit} calls a minute are left.")
    static let untold = Outcome.warn(
        "Zendesk's answer did not say how many calls are left.", "Run the checks again; nothing needs to be mended.")
    static let scarce = Outcome.warn(
        "Only {remaining} of {limit} calls a minute are left: other programs use the same account, and a sync will be slow.",
        "Run the checks again in a minute.",
        "If it stays, look in Admin Center, Apps and integrations, APIs, for programs that call too often.",
        at: .oauthClients)
    static let tiny = Outcome.warn(
        "This account allows only {limit} calls a minute, so that a sync will be slow.",
        "Nothing needs to be mended. A larger plan allows more calls.", at: .subscription)

    package func run(in context: PreflightContext, for connected: ConnectedFacts) async -> Finding {
        guard let seen = await context.currentUser?.evidence, let limit = seen.rateLimit, limit > 0,
            let left = seen.rateLimitRemaining, left >= 0
        else { return Self.untold.finding(["reason": "no_headers"]) }
        let remaining = min(left, limit)
        let plan = Self.plan(limit)
        let evidence = ["limit": String(limit), "remaining": String(remaining), "plan": plan ?? "unknown"]
        let words = evidence
        guard limit >= Self.least else { return Self.tiny.finding(evidence, filling: words) }
        guard Double(remaining) >= Double(limit) * Self.share else {
            return Self.scarce.finding(evidence, filling: words)
        }
        return (plan == nil ? Self.plentyOfUnknown : Self.plenty).finding(evidence, filling: words)
    }

    /// The limits that Zendesk publishes for its plans. A hint: add-ons raise them, and then it is no plan's.
    private static func plan(_ limit: Int) -> String? {
        switch limit {
        case 10: "Essential"
        case 200: "Team"
        case 400: "Growth or Professional"
        case 700: "Enterprise"
        case 2_500: "Enterprise Plus or High Volume"
        default: nil
        }
    }
}
