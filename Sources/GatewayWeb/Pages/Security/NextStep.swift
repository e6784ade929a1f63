/// What is best done now, in a sentence, and the button for it where there is one.
struct NextStep: Sendable {
    let advice: String
    let hasButton: Bool
    let isMain: Bool
    let action: String
    let buttonText: String

    /// Whether it changes a key, or what is sealed under it.
    var takesReason: Bool { ![SecurityPath.resume, SecurityPath.verify, SecurityPath.page].contains(action) }

    init(_ advice: String, button: String? = nil, path: String = SecurityPath.page, isMain: Bool = true) {
        self.advice = advice
        hasButton = button != nil
        self.isMain = isMain
        action = OwnPath.checked(path)
        buttonText = button ?? ""
    }
}

extension RotationStanding {
    var nextStep: NextStep {
        switch self {
        case .missing(let key, _):
            NextStep(
                "Look for a backup that still has \(key). Without it, connect the organizations again; the records say "
                    + "which.")
        case .running: NextStep("Nothing. It ends with a proof by itself, and this page can be closed.")
        case .paused: NextStep("Let it go on when it is convenient.", button: "Resume", path: SecurityPath.resume)
        case .interrupted(_, let isTakenUp):
            NextStep(
                isTakenUp ? "Wait a moment, or take it up here." : "Take it up here.", button: "Take it up",
                path: SecurityPath.reseal)
        case .proving: NextStep("Nothing. This page can be closed.")
        case .unproven(let faults) where faults.leftBehind > 0 && faults.unreadable < faults.leftBehind:
            NextStep("Seal what is left under the primary key.", button: "Reseal", path: SecurityPath.reseal)
        case .unproven:
            NextStep(
                "Restore those records from a backup, or connect their organizations again. Keep the former key until "
                    + "then. Afterwards prove it again.", button: "Prove again", path: SecurityPath.verify)
        case .toPromote(let id):
            NextStep("Promote it, then reseal.", button: "Promote \(id)", path: SecurityPath.key(id, "promote"))
        case .toReseal:
            NextStep("Seal them under the primary key.", button: "Reseal", path: SecurityPath.reseal)
        case .toVerify: NextStep("Prove it.", button: "Prove it now", path: SecurityPath.verify)
        case .toRetire(let id):
            NextStep("Retire \(id) below, so that it can be destroyed.")
        case .due: NextStep("Rotate now.", button: "Rotate the data key", path: SecurityPath.rotate)
        case .settled, .fresh:
            NextStep(
                "Nothing has to be done.", button: "Rotate the data key", path: SecurityPath.rotate, isMain: false)
        }
    }
}
