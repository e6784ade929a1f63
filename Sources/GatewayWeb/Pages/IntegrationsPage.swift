/// The tiles. There is one, Zendesk.
struct IntegrationsPage: Page {
    static let template = "integrations"

    let frame: PageFrame
    let zendeskMark: StateMark
    let zendeskSentence: String
    let canConnect: Bool
    let connectText: String

    /// `standings` of the connections that are not disconnected.
    init(frame: PageFrame, standings: [ConnectionStanding], canConnect: Bool) {
        self.frame = frame.titled("Integrations", area: .integrations)
        self.canConnect = canConnect
        connectText = standings.isEmpty ? "Connect" : "Connect another organization"
        let count = { (care: ConnectionCare) in standings.count { $0.care == care } }
        let (working, lookedAt, needing) = (count(.works), count(.isLookedAt), count(.needsHand))
        zendeskMark =
            if needing > 0 {
                StateMark(.attention, "Needs attention")
            } else if lookedAt > 0 {
                StateMark(.busy, "Being looked at")
            } else if working > 0 {
                StateMark(.good, "\(working) connected")
            } else {
                StateMark(.off, "Not connected")
            }
        zendeskSentence = Self.sentence(working, lookedAt, needing)
    }

    /// What somebody has to do comes first.
    private static func sentence(_ working: Int, _ lookedAt: Int, _ needing: Int) -> String {
        guard lookedAt > 0 || needing > 0 else {
            return switch working {
            case 0: "No Zendesk organization is connected yet."
            case 1: "The connection works."
            default: "All connections work."
            }
        }
        let sentences = [
            (needing, needing == 1 ? "needs a hand." : "need a hand."),
            (lookedAt, lookedAt == 1 ? "is being looked at by Latchkey." : "are being looked at by Latchkey."),
            (working, working == 1 ? "works." : "work."),
        ]
        return sentences.filter { $0.0 > 0 }.map { "\(Counted.of($0.0, "connection")) \($0.1)" }.joined(separator: " ")
    }
}
