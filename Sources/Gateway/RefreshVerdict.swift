package import OAuth
package import Storage

/// What an answer of the token endpoint, or the lack of one, means for a refresh. Pure, and the one place where classes
/// become consequences (the table is in `docs/token-lifecycle.md`).
package enum RefreshVerdict: Sendable, Equatable {
    /// Certainly not spent: end, and try again later.
    case notDone(retryAfter: Int?)
    /// Perhaps spent: probe, and do not send again before it is settled.
    case probe
    /// Refused: somebody else may have been faster; then probe.
    case rejected
    /// Our client is refused, not the grant.
    case clientRefused
    case unreachable
    /// The answer of an earlier request must have been lost: nothing is left to try.
    case lost

    package init(_ outcome: OutcomeClass, isMarkedRetry: Bool) {
        self =
            switch outcome {
            case .notSent: .notDone(retryAfter: nil)
            case .retryable(let seconds): .notDone(retryAfter: seconds)
            case .ambiguous, .malformedSuccess: isMarkedRetry ? .lost : .probe
            case .rejectedGrant: isMarkedRetry ? .lost : .rejected
            case .configuration: .clientRefused
            case .organizationUnreachable: .unreachable
            }
    }
}

/// What the old access token says about the grant.
package enum ProbeFinding: String, Sendable, Equatable, CaseIterable {
    /// Zendesk knows the token: the set was never rotated.
    case alive
    /// 401 `invalid_token` for a token that should live.
    case dead
    /// The token has run out by itself, so its death proves nothing.
    case expired
    /// Zendesk could not be asked.
    case unanswered
}

/// What is done in doubt once the probe has been made.
package enum DoubtVerdict: Sendable, Equatable {
    /// The same refresh token again.
    case sendAgain
    /// The same refresh token once more without certainty, and never a second time.
    case sendMarked
    case wait
    /// A refused grant is refused for good.
    case rejected
    /// Zendesk rotated and the answer never arrived.
    case lost

    /// - Parameters:
    ///   - isSettled: so much time has passed that the request without an answer cannot be working any more.
    ///   - wasConfirmed: the grant was refused twice, with a pause.
    package init(
        _ finding: ProbeFinding, phase: RefreshPhase, isMarked: Bool, isSettled: Bool, wasConfirmed: Bool = false
    ) {
        let wasRefused = phase == .confirming
        self =
            switch finding {
            case .alive where wasConfirmed: .rejected
            case .alive: isSettled ? .sendAgain : .wait
            case .dead: wasRefused ? .rejected : .lost
            case .expired where wasRefused: .rejected
            case .expired where isMarked: .lost
            case .expired: isSettled ? .sendMarked : .wait
            case .unanswered: .wait
            }
    }
}
