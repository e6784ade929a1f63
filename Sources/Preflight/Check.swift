/// One question to one organization.
package protocol Check: Sendable {
    var code: CheckCode { get }
    /// What must not have failed before this question makes sense.
    var needs: [CheckCode] { get }
    /// After this the check ends by itself. Answers that are shared count for everyone who waits for them.
    var timeLimit: Duration { get }
    /// What is asked, of whom, and what decides. For the documentation.
    var question: String { get }
    /// Every way to end that is this check's own, worst last.
    var outcomes: [Outcome] { get }

    func run(in context: PreflightContext) async -> Finding
}

/// A check that asks with a connection's token.
package protocol ConnectionCheck: Check {
    func run(in context: PreflightContext, for connected: ConnectedFacts) async -> Finding
}

extension ConnectionCheck {
    package func run(in context: PreflightContext) async -> Finding {
        guard let connected = context.connected else { return .skipped(because: .tokenAccepted) }
        return await run(in: context, for: connected)
    }
}
