/// How far a reseal is.
struct ResealNote: Sendable {
    let target: String
    /// For the bar; both are whole numbers in digits.
    let value: String
    let maximum: String
    let progressText: String
    let progressNote: String
    let speedText: String
    let speed: String
    let isPaused: Bool

    /// `left`: about how long it still takes, as far as that can be told.
    init(
        target: String, done: Int, total: Int, rowsPerSecond: Int?, startedAt: PageMoment, left: String?,
        isPaused: Bool
    ) {
        self.target = target
        let reached = min(done, total)
        value = String(reached)
        maximum = String(max(total, 1))
        progressText =
            "\(Counted.grouped(reached)) of \(Counted.of(total, "record")) "
            + "(\(total == 0 ? 100 : reached * 100 / total) %)"
        progressNote = "Begun \(startedAt.distance)." + (isPaused ? "" : left.map { " About \($0) left." } ?? "")
        speedText = rowsPerSecond.map { "At most \(Counted.of($0, "record")) a second." } ?? "As fast as it goes."
        speed = rowsPerSecond.map(String.init) ?? ""
        self.isPaused = isPaused
    }
}
