import Synchronization

/// Waits for both listeners, in whichever order they come, and then says so once.
final class DemoReadiness: Sendable {
    private let waitingFor = Mutex(2)
    private let whenBoth: @Sendable () async -> Void

    init(_ whenBoth: @escaping @Sendable () async -> Void) {
        self.whenBoth = whenBoth
    }

    func emulator() async { await oneMore() }
    func gateway() async { await oneMore() }

    private func oneMore() async {
        let rest = waitingFor.withLock { waiting in
            waiting -= 1
            return waiting
        }
        if rest == 0 { await whenBoth() }
    }
}
