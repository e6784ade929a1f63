import FoundationEssentials
import GatewayCore

extension ConnectionStanding {
    /// Longer than a preflight can take: after that a missing report means that the run was cut off.
    private static let patience: TimeInterval = 3 * 60

    init(_ connection: Connection, now: Date) {
        self =
            switch connection.status {
            case .disconnected: .disconnected
            case .needsReauthorization: .needsReauthorization
            case .inDoubt: .inDoubt
            case .active where connection.statusReason == StatusReason.organizationUnreachable.rawValue: .unreachable
            case .active: Self.active(connection, now)
            }
    }

    private static func active(_ connection: Connection, _ now: Date) -> ConnectionStanding {
        switch connection.preflight?.verdict {
        case nil: now.timeIntervalSince(connection.updatedAt) < patience ? .checking : .unchecked
        case .fail: .needsAttention
        case .pass, .warn: connection.sync.state == .completed ? .connectedAndSynced : .connected
        }
    }
}
