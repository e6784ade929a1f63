/// How a connection is kept alive and who uses it, in words for an admin of the organization; the exact facts for engineers
/// stand apart.
struct AccessNote: Sendable {
    /// When it ends if nothing renews it. Nil when nobody named an end.
    let lastsUntil: PageMoment?
    let lastsNote: String
    let lastRenewal: RenewalNote?
    let nextRenewal: PageMoment?
    let noNextRenewal: String
    let inUse: String
    let engineering: [EvidenceRow]

    init(
        lastsUntil: PageMoment?, isRenewable: Bool, lastRenewal: RenewalNote?, nextRenewal: PageMoment?,
        isBeingPlanned: Bool = false, inUse: UseNote, engineering: [EvidenceRow]
    ) {
        self.lastsUntil = lastsUntil
        lastsNote =
            isRenewable
            ? "Each renewal moves this date. Renewing happens by itself."
            : "Zendesk gave no way to renew it: then a new sign-in is needed."
        self.lastRenewal = lastRenewal
        self.nextRenewal = nextRenewal
        noNextRenewal = !isRenewable ? "Not possible" : isBeingPlanned ? "Being planned" : "Not planned"
        self.inUse = inUse.sentence
        self.engineering = engineering
    }
}

/// How the newest renewal went.
struct RenewalNote: Sendable {
    let renewalMark: StateMark
    let renewedAt: PageMoment
    let renewalSentence: String

    init(_ outcome: RenewalOutcome, at moment: PageMoment) {
        renewalMark = outcome.mark
        renewalSentence = outcome.sentence
        renewedAt = moment
    }
}

/// What a renewal can come to, as people are told it.
enum RenewalOutcome: Sendable, CaseIterable {
    case renewed, underWay, beingConfirmed, unreachable, noAccount, busy, ownCredentials, undecided, withdrawn
    case answerLost, replaced, otherwise

    var mark: StateMark {
        switch self {
        case .renewed: StateMark(.good, "Worked")
        case .underWay: StateMark(.busy, "Under way")
        case .beingConfirmed, .undecided: StateMark(.warning, "Being confirmed")
        case .unreachable, .noAccount, .busy, .ownCredentials, .otherwise: StateMark(.warning, "Put off")
        case .withdrawn, .answerLost: StateMark(.attention, "Refused")
        case .replaced: StateMark(.off, "Not needed")
        }
    }

    var sentence: String {
        switch self {
        case .renewed: "Zendesk gave new access, and it is stored."
        case .underWay: "Zendesk is being asked for new access."
        case .beingConfirmed: "Zendesk's answer was lost on the way. Latchkey is finding out what became of it."
        case .unreachable: "Zendesk could not be reached. It is tried again by itself."
        case .noAccount: "There was no active Zendesk account at this address. It is tried again by itself."
        case .busy: "Zendesk was busy. It is tried again by itself."
        case .ownCredentials:
            "Zendesk did not accept Latchkey's own sign-in. Whoever runs Latchkey has to put that right; the "
                + "connection works until the date above."
        case .undecided: "Zendesk refused once. Latchkey asks again before it believes that."
        case .withdrawn: "Zendesk says that the access was withdrawn."
        case .answerLost: "Zendesk changed the access, and its answer never arrived."
        case .replaced: "A new sign-in came first."
        case .otherwise: "It did not work this time. It is tried again by itself."
        }
    }
}

/// Who holds access at this moment.
struct UseNote: Sendable {
    let sentence: String

    /// `since`: when the oldest hand-out began, as a distance. `most`: from so many on nobody counts.
    init(handOuts: Int, programs: Int, since: String?, most: Int) {
        guard handOuts > 0, let since else {
            sentence = "No program holds access just now."
            return
        }
        let who = programs == 1 ? "1 program holds access" : "\(programs) programs hold access"
        let times = handOuts >= most ? ", handed out \(most) times or more" : handOuts > 1 ? ", \(handOuts) times" : ""
        sentence = "\(who)\(times). The oldest was handed out \(since)."
    }
}
