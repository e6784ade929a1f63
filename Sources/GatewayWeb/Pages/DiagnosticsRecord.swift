/// What came before the run that a page shows, and ways to take it along.
struct DiagnosticsRecord: Sendable {
    let changesSentence: String
    let hasChanges: Bool
    let changes: [ChangeRow]
    let history: [HistoryRow]
    let textHref: String
    let jsonHref: String

    /// `history` newest first; `changes` is nil when there was no run before.
    init(connectionID: String, changes: [ChangeRow]?, history: [HistoryRow]) {
        self.changes = changes ?? []
        hasChanges = !self.changes.isEmpty
        changesSentence =
            switch changes?.count {
            case nil: "There was no run before this one."
            case 0: "Nothing. The run before found the same."
            case 1: "One check ended otherwise."
            case let number?: "\(number) checks ended otherwise."
            }
        self.history = history
        textHref = OwnPath.connection(connectionID, "/diagnostics.txt")
        jsonHref = OwnPath.connection(connectionID, "/diagnostics.json")
    }
}

/// A check that ended otherwise than in the run before.
struct ChangeRow: Sendable {
    let checkTitle: String
    let beforeMark: StateMark
    let nowMark: StateMark

    init(title: String, before: CheckOutcome, now: CheckOutcome) {
        checkTitle = title
        beforeMark = before.mark
        nowMark = now.mark
    }
}

/// One run of the history, or several in a row that found the same.
struct HistoryRow: Sendable {
    let when: PageMoment
    let since: PageMoment?
    let runsText: String?
    let verdictMark: StateMark
    let note: String

    /// `note` says in words what ended otherwise than before.
    init(last: PageMoment, first: PageMoment, runs: Int, verdict: CheckOutcome, note: String) {
        when = last
        since = runs > 1 ? first : nil
        runsText = runs > 1 ? "\(runs) runs" : nil
        verdictMark = verdict.verdictMark
        self.note = note
    }
}

extension CheckOutcome {
    /// The word for a whole run.
    var verdictMark: StateMark {
        switch self {
        case .pass: StateMark(.good, "Ready")
        case .warn: StateMark(.warning, "Ready, with warnings")
        case .fail, .skipped: StateMark(.attention, "Not ready")
        }
    }
}

/// Links to the page for somebody who is not signed in: those there are, and a new one.
struct HandOverDesk: Sendable {
    let createHref: String
    let revokeHref: String
    let newLink: String?
    let hasLinks: Bool
    let links: [HandedLinkRow]
    let lifetime: String
    let offersNew: Bool

    /// `newLink` is shown once, right after it was made.
    init(connectionID: String, links: [HandedLinkRow], newLink: String?, lifetime: String, offersNew: Bool) {
        // The answer opens where the new link stands.
        createHref = OwnPath.connection(connectionID, "/diagnostics/links#hand-over")
        revokeHref = OwnPath.connection(connectionID, "/diagnostics/links/revoke")
        self.newLink = newLink
        self.links = links
        hasLinks = !links.isEmpty
        self.lifetime = lifetime
        self.offersNew = offersNew
    }
}

struct HandedLinkRow: Sendable {
    let linkID: String
    let madeAt: PageMoment
    let endsAt: PageMoment
    let openedAt: PageMoment?

    init(id: String, made: PageMoment, ends: PageMoment, opened: PageMoment?) {
        linkID = id
        madeAt = made
        endsAt = ends
        openedAt = opened
    }
}
