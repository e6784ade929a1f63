/// The verdict of a run at a glance.
struct ReportSummary: Sendable {
    let mark: StateMark
    let sentence: String
    /// Nil when nothing has run yet.
    let checkedAt: PageMoment?
    let took: String

    /// Before the first run.
    static let none = ReportSummary(
        mark: StateMark(.off, "Not checked"), sentence: "No check has run yet.", checkedAt: nil, took: "")

    /// `failed`, `skipped` and `warned` are how many checks ended so. `standsBefore`: Zendesk could not be reached, and the
    /// connection is still taken for what the run before found.
    init(
        verdict: CheckOutcome, failed: Int, skipped: Int, warned: Int, standsBefore: Bool = false,
        checkedAt: PageMoment, milliseconds: Int
    ) {
        let tenths = milliseconds / 100
        let took = milliseconds < 1000 ? "\(milliseconds) ms" : "\(tenths / 10).\(tenths % 10) s"
        let (mark, sentence) =
            standsBefore ? Self.unreachable : Self.words(verdict, failed: failed, skipped: skipped, warned: warned)
        self.init(mark: mark, sentence: sentence, checkedAt: checkedAt, took: took)
    }

    private init(mark: StateMark, sentence: String, checkedAt: PageMoment?, took: String) {
        self.mark = mark
        self.sentence = sentence
        self.checkedAt = checkedAt
        self.took = took
    }

    private static let unreachable = (
        StateMark(.warning, "Could not be checked"),
        "Zendesk could not be reached. That says nothing about the connection: what the run before found still counts."
    )

    private static func words(
        _ verdict: CheckOutcome, failed: Int, skipped: Int, warned: Int
    ) -> (StateMark, String) {
        switch verdict {
        case .pass: (StateMark(.good, "Ready"), "Every check passed. This organization is ready to sync.")
        case .warn:
            (
                StateMark(.warning, "Ready, with warnings"),
                "This organization can sync. \(counted(warned, "warning is", "warnings are")) worth reading."
            )
        case .fail, .skipped:
            (
                StateMark(.attention, "Not ready"),
                counted(failed, "check failed", "checks failed")
                    + (skipped > 0 ? ", and \(counted(skipped, "was", "were")) not made because of that" : "")
                    + ". Nothing is synced until \(failed == 1 ? "it passes" : "they pass")."
            )
        }
    }

    private static func counted(_ number: Int, _ one: String, _ many: String) -> String {
        "\(number) \(number == 1 ? one : many)"
    }
}
