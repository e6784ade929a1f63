import FoundationEssentials
import Gateway
import GatewayCore
import Storage

extension RotationStanding {
    /// The most pressing thing first.
    init(_ keys: KeyStanding, isProving: Bool) {
        self =
            Self.gone(keys) ?? Self.underWay(keys, isProving: isProving) ?? Self.toDo(keys) ?? Self.atRest(keys)
    }

    private static func gone(_ keys: KeyStanding) -> RotationStanding? {
        keys.missing.first.map { .missing(key: $0.id, records: $0.records) }
    }

    private static func underWay(_ keys: KeyStanding, isProving: Bool) -> RotationStanding? {
        guard let run = keys.openReseal else { return isProving ? .proving : nil }
        guard run.state != .paused else { return .paused(target: run.target) }
        return keys.isResealHeld
            ? .running(target: run.target) : .interrupted(target: run.target, isTakenUp: run.isBackground)
    }

    private static func toDo(_ keys: KeyStanding) -> RotationStanding? {
        if let waiting = keys.keys.last(where: \.waitsForPromotion) {
            return .toPromote(waiting.id)
        }
        let proof = keys.currentProof
        if let proof, !proof.faults.isNone { return .unproven(proof.faults) }
        let left = keys.keys.filter { $0.state != DataKeyWord.primary }.reduce(0) { $0 + $1.records }
        if left > 0 { return .toReseal(records: left) }
        guard let former = keys.keys.first(where: { $0.state == "enabled" }) else {
            return keys.keys.count > 1 && proof == nil ? .toVerify : nil
        }
        return proof == nil ? .toVerify : .toRetire(former.id)
    }

    private static func atRest(_ keys: KeyStanding) -> RotationStanding {
        switch keys.schedule {
        case .due: .due(isOverdue: false)
        case .overdue, .blocked: .due(isOverdue: true)
        case .young, .ageing: keys.keys.count == 1 ? .fresh : .settled
        }
    }
}

extension KeyStanding {
    var openReseal: ResealRun? {
        reseal.flatMap { $0.state == .running || $0.state == .paused ? $0 : nil }
    }

    /// The newest proof, if nothing happened since that it does not speak of.
    var currentProof: ProofContent? {
        guard let newest = proofs.first, let content = newest.event.subject.flatMap(ProofContent.init),
            content.key == primary?.id
        else { return nil }
        let since = [primary?.activatedAt, reseal?.completedAt].compactMap { $0 }.max() ?? .distantPast
        return newest.event.at >= since ? content : nil
    }

    /// What is missing first, then the primary one, then the newest.
    var inOrder: [Key] {
        let others = keys.filter { $0.state != DataKeyWord.primary && $0.state != DataKeyWord.missing }
        return missing + [primary].compactMap { $0 } + others.reversed()
    }

    var ageSentence: String? {
        guard let primary else { return nil }
        let served = "\(primary.id) has been the primary key for \(Counted.span(primaryAge))"
        return maximumAge.map { "\(served); it is due for rotation after \(Counted.span($0))." } ?? "\(served)."
    }
}

extension DataKeyCard {
    init(_ key: KeyStanding.Key, isResealing: Bool, now: Date) {
        let state: State =
            switch key.state {
            case DataKeyWord.primary: .primary
            case DataKeyWord.missing: .missing
            case "enabled": key.waitsForPromotion ? .ready : .former
            case "destroyed": .destroyed
            default: key.destroyAt == nil ? .retired : .scheduled
            }
        self.init(
            id: key.id, state: state, records: key.records, isShutOut: key.isShutOut, isNewer: key.isNewer,
            isResealing: isResealing, made: PageMoment(key.createdAt, now: now),
            activated: PageMoment(key.activatedAt, now: now),
            retired: PageMoment(key.retiredAt, now: now), destroyed: PageMoment(key.destroyAt, now: now))
    }
}

extension ResealNote {
    /// Nil while none is open.
    init?(_ keys: KeyStanding, now: Date) {
        guard let run = keys.openReseal else { return nil }
        let done = run.done + run.overtaken
        self.init(
            target: run.target, done: done, total: run.total, rowsPerSecond: run.rowsPerSecond,
            startedAt: PageMoment(run.startedAt, now: now), left: Self.left(run, done, now),
            isPaused: run.state == .paused)
    }

    private static func left(_ run: ResealRun, _ done: Int, _ now: Date) -> String? {
        let elapsed = now.timeIntervalSince(run.startedAt)
        let average = elapsed > 3 && done > 0 ? Double(done) / elapsed : nil
        guard let speed = run.rowsPerSecond.map(Double.init) ?? average, run.total > done else { return nil }
        return Counted.span(Double(run.total - done) / speed)
    }
}

extension ProofNote {
    /// Nil for an entry that is none. `known`: the last proof of this process, which knows more if it is the same one.
    init?(_ entry: AuditEntry, known: CompletenessProof?, now: Date) {
        guard let content = entry.event.subject.flatMap(ProofContent.init) else { return nil }
        self.init(
            content, isComplete: entry.event.outcome == .succeeded, at: PageMoment(entry.event.at, now: now),
            by: entry.event.actor.words, auditIndex: Int(entry.index),
            rows: known?.summary == entry.event.subject ? known?.unreadable ?? [] : [])
    }
}

extension AuditActor {
    /// Who it was, for a page.
    var words: String {
        let name = id.map { " \($0)" } ?? ""
        return switch kind {
        case .console: "console session\(name)"
        case .connectSession: "connect session\(name)"
        case .apiKey: "API key\(name)"
        case .commandLine: "the command line"
        case .browser: "a browser"
        case .diagnosticsLink: "a link to diagnostics\(name)"
        case .system: "the service"
        }
    }
}

extension CheckpointNote {
    init(_ signed: StoredAuditCheckpoint, entries: Int64, now: Date) {
        self.init(
            size: Int(signed.size), root: Data(signed.root).base64EncodedString(), signer: signed.keyID,
            signedAt: PageMoment(signed.signedAt, now: now), entries: Int(entries))
    }
}

extension AuditNote.Witnesses {
    init(_ standing: AuditStanding) {
        self =
            switch standing {
            case .unwitnessed: .none
            case .sound: .agree
            case .older, .different, .stranger:
                .doubtful(
                    AuditDoubt(
                        message: standing.explanation?.message ?? "", remedy: standing.explanation?.remedy ?? ""))
            }
    }
}
