/// What a process may still seal under each key. The caller took it from the common count before, so that a process that is
/// killed leaves that count too high and never too low (CR-22).
enum SealAllowance: Sendable {
    case unlimited
    case counted([DataKeyID: Int64])

    /// False, and nothing spent, when nothing is left.
    mutating func spend(_ id: DataKeyID) -> Bool {
        guard case .counted(var left) = self else { return true }
        guard let rest = left[id], rest > 0 else { return false }
        // The copy in `self` goes first, or the dictionary would be copied at every seal.
        self = .counted([:])
        left[id] = rest - 1
        self = .counted(left)
        return true
    }

    mutating func add(_ seals: Int64, _ id: DataKeyID) {
        var left = [id: seals]
        if case .counted(let former) = self { left.merge(former, uniquingKeysWith: +) }
        self = .counted(left)
    }

    func left(_ id: DataKeyID) -> Int64? {
        guard case .counted(let left) = self else { return nil }
        return left[id] ?? 0
    }
}
