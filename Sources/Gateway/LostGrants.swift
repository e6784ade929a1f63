import FoundationEssentials
import GatewayCore

/// Tells many lost grants at once from one here and there: an operator has to hear of a storm, and only once (KEY-17).
struct LostGrants: Sendable {
    /// So many connections within the span are no coincidence.
    static let enough = 10
    static let span: TimeInterval = 5 * 60
    /// Over when nothing more was lost for so long; what comes then is another storm.
    static let calm: TimeInterval = 30 * 60

    private var lost: [(id: ConnectionID, at: Date)] = []
    /// Since when grants are lost in numbers; nil when they are not.
    private(set) var stormSince: Date?
    private var lastAt: Date?

    /// True when this one makes it a storm.
    mutating func note(_ id: ConnectionID, at now: Date) -> Bool {
        if let last = lastAt, now.timeIntervalSince(last) > Self.calm { stormSince = nil }
        lastAt = now
        guard stormSince == nil else { return false }
        lost.removeAll { now.timeIntervalSince($0.at) > Self.span || $0.id == id }
        lost.append((id, now))
        guard lost.count >= Self.enough else { return false }
        stormSince = lost.first?.at
        lost = []
        return true
    }
}
