import GatewayCore
import Synchronization

/// How many proxied calls run at once: for each connection, so that one slow organization takes nobody else's place, and in
/// all.
package final class ProxySlots: Sendable {
    private struct State {
        var inAll = 0
        var ofConnection: [ConnectionID: Int] = [:]
    }

    private let limitInAll: Int
    private let limitOfConnection: Int
    private let state = Mutex(State())

    package init(inAll: Int = 256, ofConnection: Int = 16) {
        limitInAll = inAll
        limitOfConnection = ofConnection
    }

    /// A place that is free again when the last reference to it goes.
    final class Slot: Sendable {
        private let slots: ProxySlots
        private let connection: ConnectionID

        fileprivate init(_ slots: ProxySlots, _ connection: ConnectionID) {
            self.slots = slots
            self.connection = connection
        }

        deinit { slots.leave(connection) }
    }

    func take(_ connection: ConnectionID) throws(ProxyRefusal) -> Slot {
        let refusal: ProxyRefusal? = state.withLock { state in
            guard state.inAll < limitInAll else { return .tooManyInAll }
            guard state.ofConnection[connection, default: 0] < limitOfConnection else { return .tooManyOfConnection }
            state.inAll += 1
            state.ofConnection[connection, default: 0] += 1
            return nil
        }
        if let refusal { throw refusal }
        return Slot(self, connection)
    }

    package var taken: Int { state.withLock(\.inAll) }

    private func leave(_ connection: ConnectionID) {
        state.withLock { state in
            state.inAll -= 1
            let left = state.ofConnection[connection, default: 1] - 1
            state.ofConnection[connection] = left > 0 ? left : nil
        }
    }
}
