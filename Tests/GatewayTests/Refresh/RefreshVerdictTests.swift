import Gateway
import GatewayCore
import OAuth
import Storage
import Testing

@Suite("Refresh verdicts") struct RefreshVerdictTests {
    private static let classes: [OutcomeClass] = [
        .notSent, .ambiguous, .retryable(retryAfter: nil), .retryable(retryAfter: 7), .rejectedGrant, .configuration,
        .organizationUnreachable, .malformedSuccess,
    ]

    @Test("every class of outcome has its consequence, as table 6.2 says")
    func everyClass() {
        let verdicts = Self.classes.map { RefreshVerdict($0, isMarkedRetry: false) }
        #expect(
            verdicts == [
                .notDone(retryAfter: nil), .probe, .notDone(retryAfter: nil), .notDone(retryAfter: 7), .rejected,
                .clientRefused, .unreachable, .probe,
            ])
    }

    @Test("RT-12b: after a marked retry nothing that may have spent the token leads to another one")
    func everyClassMarked() {
        let verdicts = Self.classes.map { RefreshVerdict($0, isMarkedRetry: true) }
        #expect(
            verdicts == [
                .notDone(retryAfter: nil), .lost, .notDone(retryAfter: nil), .notDone(retryAfter: 7), .lost,
                .clientRefused, .unreachable, .lost,
            ])
    }

    @Test("an outage, a limit, a wrong secret or a closed organization never ends a grant", arguments: [false, true])
    func outages(isMarked: Bool) {
        for outcome in Self.classes
        where outcome != .rejectedGrant && outcome != .ambiguous && outcome != .malformedSuccess {
            #expect(RefreshVerdict(outcome, isMarkedRetry: isMarked) != .lost)
            #expect(RefreshVerdict(outcome, isMarkedRetry: isMarked) != .rejected)
        }
    }

    @Test("every combination of a doubt is resolved by the rules")
    func everyDoubt() {
        var looked = 0
        for finding in ProbeFinding.allCases {
            for phase in RefreshPhase.allCases {
                for bits in 0..<8 {
                    looked += 1
                    check(
                        finding, phase, isMarked: bits & 1 != 0, isSettled: bits & 2 != 0, wasConfirmed: bits & 4 != 0)
                }
            }
        }
        #expect(looked == 4 * RefreshPhase.allCases.count * 8)
    }

    private func check(
        _ finding: ProbeFinding, _ phase: RefreshPhase, isMarked: Bool, isSettled: Bool, wasConfirmed: Bool
    ) {
        let verdict = DoubtVerdict(
            finding, phase: phase, isMarked: isMarked, isSettled: isSettled, wasConfirmed: wasConfirmed)
        let wasRefused = phase == .confirming
        let hint: Comment = "\(finding) \(phase) marked \(isMarked) settled \(isSettled) confirmed \(wasConfirmed)"
        switch finding {
        case .alive:
            #expect(verdict == (wasConfirmed ? .rejected : isSettled ? .sendAgain : .wait), hint)
        case .dead: #expect(verdict == (wasRefused ? .rejected : .lost), hint)
        case .expired:
            let open: DoubtVerdict = isMarked ? .lost : isSettled ? .sendMarked : .wait
            #expect(verdict == (wasRefused ? .rejected : open), hint)
        case .unanswered: #expect(verdict == .wait, hint)
        }
        // The same again as prohibitions, so that a slip in the table above shows.
        if verdict == .sendMarked { #expect(!isMarked && isSettled && !wasRefused && finding == .expired, hint) }
        if verdict == .sendAgain { #expect(isSettled && finding == .alive, hint) }
        if verdict == .lost || verdict == .rejected { #expect(finding != .unanswered, hint) }
    }
}
