import GatewayCore

/// Where the reason for a step is written. Several stand on one page, each in the form of its step.
struct ReasonField: Sendable {
    let fieldID: String
    let hintID: String
    /// The browser's own unit is at most as many (UTF-16).
    let maximumLength: String

    init(_ step: String) {
        fieldID = "reason-\(step)"
        hintID = "reason-\(step)-hint"
        maximumLength = String(ChangeReason.maximumLength)
    }
}
