import Synchronization

/// Lets so many in at once, and of one organization fewer: who waits for a crowded organization keeps no place from others.
final class RefreshGate: Sendable {
    private struct Waiter {
        let organization: String
        let enter: CheckedContinuation<Void, Never>
    }

    private struct State {
        var inside: [String: Int] = [:]
        var waitingOf: [String: Int] = [:]
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

    /// So many of one organization wait already that its line would fill the room.
    func isCrowded(_ organization: String) -> Bool {
        state.withLock { $0.waitingOf[organization, default: 0] >= each * 4 }
    }

    func enter(_ organization: String) async {
        await withCheckedContinuation { continuation in
            let mayEnter = state.withLock { state in
                // Whoever waits already waits for something that does not let this one in either, or for its organization.
                guard admits(organization, state) else {
                    state.waiters.append(Waiter(organization: organization, enter: continuation))
                    state.waitingOf[organization, default: 0] += 1
                    return false
                }
                Self.note(organization, &state)
                return true
            }
            if mayEnter { continuation.resume() }
        }
    }

    func leave(_ organization: String) {
        let next = state.withLock { state -> Waiter? in
            state.total -= 1
            Self.decrease(&state.inside, organization)
            guard let index = state.waiters.firstIndex(where: { admits($0.organization, state) }) else { return nil }
            let waiter = state.waiters.remove(at: index)
            Self.decrease(&state.waitingOf, waiter.organization)
            Self.note(waiter.organization, &state)
            return waiter
        }
        next?.enter.resume()
    }

    private func admits(_ organization: String, _ state: State) -> Bool {
        state.total < total && state.inside[organization, default: 0] < each
    }

    private static func note(_ organization: String, _ state: inout State) {
        state.total += 1
        state.inside[organization, default: 0] += 1
    }

    private static func decrease(_ counts: inout [String: Int], _ organization: String) {
        let left = counts[organization, default: 1] - 1
        counts[organization] = left > 0 ? left : nil
    }
}
