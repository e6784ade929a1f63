import Zendesk

/// Which account answers: the oldest brand's id. An account keeps it through renames, and another account has another.
enum AccountFingerprint: Equatable {
    case known(String)
    /// Asked for and not shown: the person may not see brands, or the answer makes no sense.
    case hidden
    /// Nobody answered now; another time it may be known.
    case unanswered

    /// Once more where nobody answered: who connects waits for this, and cannot be told apart from a stranger later without it.
    static func ask(_ client: ZendeskClient) async -> AccountFingerprint {
        let first = AccountFingerprint(await client.brands())
        guard first == .unanswered else { return first }
        return AccountFingerprint(await client.brands())
    }

    private init(_ answer: ZendeskAnswer<[Brand]>) {
        self =
            switch answer {
            case .value(let brands, _): brands.map(\.id).min().map { .known("brand:\($0)") } ?? .hidden
            case .refused(.rateLimited, _), .refused(.unavailable, _), .refused(.html, _), .failed: .unanswered
            case .refused: .hidden
            }
    }

    var text: String? {
        if case .known(let text) = self { text } else { nil }
    }
}
