package import FoundationEssentials

/// Our clock beside the one of an answer that names its time.
package struct ClockComparison: Sendable {
    /// An answer takes seconds and its header counts whole ones, so less says nothing.
    package static let tolerance: TimeInterval = 60
    private static let limit: TimeInterval = 300

    package enum Standing: Sendable {
        case agrees, apart, far
    }

    package let standing: Standing
    package let seconds: Int
    /// Whether ours is behind theirs.
    package let isBehind: Bool

    package var direction: String { isBehind ? "behind" : "ahead of" }

    /// Of the same moment: what our clock showed and what theirs did.
    package init(ours: Date, theirs: Date) {
        let difference = ours.timeIntervalSince(theirs)
        seconds = Int(min(difference.magnitude, 1e15).rounded())
        isBehind = difference < 0
        standing =
            switch difference.magnitude {
            case ...Self.tolerance: .agrees
            case ...Self.limit: .apart
            default: .far
            }
    }
}
