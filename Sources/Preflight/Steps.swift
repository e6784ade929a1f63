/// Steps that several remedies share, so that the same thing is asked for in the same words.
enum Steps {
    static let openPerson = "Open Admin Center, People, Team, Team members, and the person who connected."
    static let runAgain = "Run the checks again."
    static let wait = "Wait a few minutes and run this again."
    static let handOver = "If it stays, hand this report to support."
    static let lookAgain = "Run the checks again; if it stays, hand this report to support."
    /// For what only whoever runs this gateway can mend: beside it stands what they do (`forOperator`).
    static let notYours = "Nothing needs to be mended in your Zendesk; hand this report to support."
    static let allowAll = "Reconnect and choose Allow for everything that Zendesk lists."
}
