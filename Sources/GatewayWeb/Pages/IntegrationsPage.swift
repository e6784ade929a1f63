/// The tiles. There is one, Zendesk.
struct IntegrationsPage: Page {
    static let template = "integrations"

    let frame: PageFrame
    let zendeskMark: StateMark
    let zendeskSentence: String
    let canConnect: Bool
    let connectText: String

    /// `connected` counts the connections that are not disconnected, `needingAttention` those of them with a problem.
    init(frame: PageFrame, connected: Int, needingAttention: Int, canConnect: Bool) {
        self.frame = frame.titled("Integrations", area: .integrations)
        self.canConnect = canConnect
        connectText = connected == 0 ? "Connect" : "Connect another organization"
        if needingAttention > 0 {
            zendeskMark = StateMark(.attention, "Needs attention")
            zendeskSentence =
                "\(needingAttention) of \(connected) \(connected == 1 ? "connection" : "connections") "
                + "\(needingAttention == 1 ? "needs" : "need") a hand."
        } else if connected > 0 {
            zendeskMark = StateMark(.good, "\(connected) connected")
            zendeskSentence = connected == 1 ? "The connection works." : "All connections work."
        } else {
            zendeskMark = StateMark(.off, "Not connected")
            zendeskSentence = "No Zendesk organization is connected yet."
        }
    }
}
