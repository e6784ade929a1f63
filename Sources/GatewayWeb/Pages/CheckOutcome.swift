/// How one check ended. The raw values are those of the report.
enum CheckOutcome: String, Sendable, CaseIterable {
    case pass, warn, fail, skipped

    var mark: StateMark {
        switch self {
        case .pass: StateMark(.good, "Passed")
        case .warn: StateMark(.warning, "Warning")
        case .fail: StateMark(.attention, "Failed")
        case .skipped: StateMark(.off, "Skipped")
        }
    }
}
