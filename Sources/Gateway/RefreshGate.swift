import Synchronization

/// Lets so many in at once, and of one organization fewer: who waits for a crowded organization keeps no place from others.
final class RefreshGate: Sendable {
    private struct Waiter {
        let organization: String
        let enter: CheckedContinuation<Void, Never>
    }

    private struct State {
        var inside: [String: Int] = [:]
        var total = 0
        var waiters: [Waiter] = []
    }

    private let total: Int
    private let each: Int
    private let state = Mutex(State())

    init(total: Int, each: Int) {
        self.total = total
        self.each = each
    }

    var waiting: Int { state.withLock { $0.waiters.count } }

    func enter(_ organization: String) async {
        await withCheckedContinuation { continuation in
            state.withLock { $0.waiters.append(Waiter(organization: organization, enter: continuation)) }
            admit()
        }
    }

    func leave(_ organization: String) {
        state.withLock { state in
            state.total -= 1
            state.inside[organization, default: 1] -= 1
            if state.inside[organization] == 0 { state.inside[organization] = nil }
        }
        admit()
    }

    private func admit() {
        let admitted = state.withLock { state in
            var admitted: [Waiter] = []
            var waiting: [Waiter] = []
            for waiter in state.waiters {
                guard state.total < total, state.inside[waiter.organization, default: 0] < each else {
                    waiting.append(waiter)
                    continue
                }
                state.total += 1
                state.inside[waiter.organization, default: 0] += 1
                admitted.append(waiter)
            }
            state.waiters = waiting
            return admitted
        }
        for waiter in admitted { waiter.enter.resume() }
    }
}
