/// One data key: its state, its age, what stands under it, and the steps it allows.
struct DataKeyCard: Sendable {
    let keyID: String
    let mark: StateMark
    let note: String?
    let recordsID: String
    let records: String
    let made: PageMoment?
    let activated: PageMoment?
    let retired: PageMoment?
    let destroyedTerm: String
    let destroyed: PageMoment?
    let promoteAction: String?
    let retireHref: String?
    let destroyHref: String?
    let keepAction: String?
    let hasSteps: Bool
    let isDestroyed: Bool

    enum State: Sendable, CaseIterable {
        case primary
        /// Made and never used.
        case ready
        /// Was primary before; opens.
        case former
        case retired
        case scheduled
        case destroyed
        /// Records name it, and it is not there.
        case missing
    }

    /// `isShutOut`: it is older than the oldest key that may open. `isNewer`: it was made after the primary one; nobody goes
    /// back to an older one by a click. `isResealing`: a reseal is open, which another primary key would end.
    init(
        id: String, state: State, records: Int, isShutOut: Bool = false, isNewer: Bool = true,
        isResealing: Bool = false, made: PageMoment? = nil,
        activated: PageMoment? = nil, retired: PageMoment? = nil, destroyed: PageMoment? = nil
    ) {
        keyID = id
        mark = state.mark
        note = isShutOut ? "Shut out: it is older than the oldest key that may open." : state.note(records)
        recordsID = "records-\(id)"
        self.records = Counted.grouped(records)
        self.made = made
        self.activated = activated
        self.retired = retired
        destroyedTerm = state == .destroyed ? "Destroyed" : "Will be destroyed"
        self.destroyed = destroyed
        let mayPromote = !isResealing && !isShutOut && isNewer && (state == .ready || state == .former)
        promoteAction = mayPromote ? SecurityPath.key(id, "promote") : nil
        retireHref = (state == .ready || state == .former) && records == 0 ? SecurityPath.key(id, "retire") : nil
        destroyHref = state == .retired && records == 0 ? SecurityPath.key(id, "destroy") : nil
        keepAction = state == .scheduled ? SecurityPath.key(id, "keep") : nil
        isDestroyed = state == .destroyed
        hasSteps = promoteAction != nil || retireHref != nil || destroyHref != nil || keepAction != nil
    }
}

extension DataKeyCard.State {
    fileprivate var mark: StateMark {
        switch self {
        case .primary: StateMark(.good, "Primary")
        case .ready: StateMark(.busy, "Ready, not in use")
        case .former: StateMark(.warning, "Former, still opens")
        case .retired: StateMark(.off, "Retired")
        case .scheduled: StateMark(.warning, "Will be destroyed")
        case .destroyed: StateMark(.off, "Destroyed")
        case .missing: StateMark(.attention, "Missing")
        }
    }

    fileprivate func note(_ records: Int) -> String? {
        switch self {
        case .primary: "Everything new is sealed under it."
        case .ready: "It opens on every running service and seals nothing yet."
        case .former:
            records == 0 ? "No record needs it any more." : "It can be retired once no record needs it."
        case .retired:
            records == 0
                ? "It seals nothing, and no record needs it."
                : "A restored backup brought records back that stand under it. Reseal them."
        case .scheduled: "Until then it can be kept. Older copies of the database have a copy of it, too."
        case .destroyed: "Gone from this database. Older copies of it bring the key with them."
        case .missing: "Records name it, and it is not in this database."
        }
    }
}
