import FoundationEssentials
import Gateway
import Storage
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// Shows long work on standard error: a bar that stays in its line on a terminal, else one line for each batch.
final class ProgressMeter: Sendable {
    private static let width = 30

    private let output: Output
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let isLineOpen = Mutex(false)

    init(output: Output) { self.output = output }

    func show(_ progress: KeyRotation.Progress) {
        switch progress {
        case .generated(let id): say("generated \(id)")
        case .promoted(let id): say("promoted \(id)")
        case .resealing(let run): show(run)
        case .verified: end()
        }
    }

    func show(_ run: ResealRun) {
        let line = ResealProgressLine(run)
        guard isTerminal, !output.json else { return say(line.text) }
        let filled = run.total == 0 ? Self.width : min(Self.width, Self.width * line.reached / run.total)
        let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: Self.width - filled)
        isLineOpen.withLock { $0 = true }
        StandardStreams.writeError("\r[\(bar)] \(line.reached) of \(run.total)\u{1B}[K")
    }

    func end() {
        let wasOpen = isLineOpen.withLock { isOpen in
            defer { isOpen = false }
            return isOpen
        }
        if wasOpen { StandardStreams.writeError("\n") }
    }

    func say(_ text: String) {
        end()
        StandardStreams.writeError(text + "\n")
    }
}

/// How far a reseal is, in words and for machines.
struct ResealProgressLine: Encodable {
    let state: String
    let target: String
    let done: Int
    let overtaken: Int
    let total: Int
    let rows_per_second: Int?

    var reached: Int { done + overtaken }

    init(_ run: ResealRun) {
        state = run.state.rawValue
        target = run.target
        done = run.done
        overtaken = run.overtaken
        total = run.total
        rows_per_second = run.rowsPerSecond
    }

    var text: String {
        let speed = rows_per_second.map { ", at most \($0) rows a second" } ?? ""
        return "reseal to \(target): \(state), \(reached) of \(total) rows\(speed)"
    }
}
