/// Keys, rotation and evidence, for the security team.
struct SecurityPage: Page {
    static let template = "security"

    let frame: PageFrame
    let mark: StateMark
    let stateSentence: String
    let age: String?
    let next: NextStep
    let hasNextButton: Bool
    let nextReason: ReasonField?
    let generateReason = ReasonField("generate")
    let resealReason = ReasonField("reseal")
    let rotateReason = ReasonField("rotate")
    /// The page looks again by itself: with a script by asking for figures, without one by loading itself.
    let refresh: String?
    let isMoving: Bool
    let phase: String
    let progressHref: String
    let pageHref: String
    let stillHref: String
    let doubt: AuditDoubt?
    let formToken: String
    let reseal: ResealNote?
    let pauseAction: String
    let resumeAction: String
    let speedAction: String
    let speedError: String?
    let typedSpeed: String
    let keys: [DataKeyCard]
    let hasDestroyed: Bool
    let destroyedKeys: [DataKeyCard]
    let offersSteps: Bool
    let offersRotate: Bool
    let generateAction: String
    let rotateAction: String
    let resealAction: String
    let verifyAction: String
    let proof: ProofNote?
    let verifyText: String
    let services: String
    let remnants: String?
    let audit: AuditNote

    /// `age` is a sentence about the primary key's age. `reseal` is there while one is open. `keepsStill`: the visitor
    /// asked the page not to look again by itself (`?refresh=off`). `oddSpeed` is what was typed for a speed and is none.
    init(
        frame: PageFrame, standing: RotationStanding, age: String?, keys: [DataKeyCard],
        destroyedKeys: [DataKeyCard] = [], reseal: ResealNote? = nil, proof: ProofNote? = nil, services: Int,
        hasRemnants: Bool = false, audit: AuditNote, formToken: String, keepsStill: Bool = false,
        oddSpeed: String? = nil
    ) {
        self.frame = frame.titled(oddSpeed == nil ? "Security" : "Error: Security", area: .security)
        mark = standing.mark
        stateSentence = standing.sentence
        self.age = age
        next = standing.nextStep
        hasNextButton = next.hasButton
        nextReason = next.takesReason ? ReasonField("next") : nil
        isMoving = standing.isMoving
        refresh = standing.isMoving && !keepsStill ? "\(Self.refreshInterval); url=\(SecurityPath.page)" : nil
        phase = standing.phase
        progressHref = SecurityPath.progress
        pageHref = SecurityPath.page
        stillHref = SecurityPath.page + "?refresh=off"
        doubt = audit.doubt
        self.formToken = formToken
        self.reseal = reseal
        pauseAction = SecurityPath.pause
        resumeAction = SecurityPath.resume
        speedAction = SecurityPath.speed
        speedError = oddSpeed.map { _ in "Write a whole number of records, or leave the field empty." }
        typedSpeed = oddSpeed ?? reseal?.speed ?? ""
        self.keys = keys
        self.destroyedKeys = destroyedKeys
        hasDestroyed = !destroyedKeys.isEmpty
        offersSteps = reseal == nil
        offersRotate = next.action != SecurityPath.rotate
        generateAction = SecurityPath.generate
        rotateAction = SecurityPath.rotate
        resealAction = SecurityPath.reseal
        verifyAction = SecurityPath.verify
        self.proof = proof
        verifyText = proof == nil ? "Prove it now" : "Prove it again"
        self.services =
            services == 0
            ? "No service runs on this database." : "\(Counted.of(services, "service")) on this database."
        remnants =
            hasRemnants
            ? "What was erased last still stands in the database's write-ahead log, because a reader keeps it from being "
                + "emptied. A running service empties it as soon as that reader is gone." : nil
        self.audit = audit
    }

    /// Seconds.
    private static let refreshInterval = 5
}
