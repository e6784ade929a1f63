/// A proof as its audit entry tells it: `dk-2 opened=200 unreadable=0 rolled_back=0 purged=1; credentials dk-2=200`.
struct ProofContent: Sendable, Equatable {
    struct Table: Sendable, Equatable {
        let name: String
        let keys: [Count]
    }

    struct Count: Sendable, Equatable {
        let id: String
        let records: Int
    }

    let key: String
    let opened: Int
    let faults: ProofFaults
    let isPurged: Bool
    let tables: [Table]

    /// Nil for what is no such text.
    init?(_ subject: String) {
        let parts = subject.split(separator: ";").map { $0.split(separator: " ") }
        guard let head = parts.first, let key = head.first else { return nil }
        let figures = Self.counts(head.dropFirst())
        guard let opened = figures["opened"], let unreadable = figures["unreadable"] else { return nil }
        self.key = String(key)
        self.opened = opened
        isPurged = figures["purged"] == 1
        tables = parts.dropFirst().compactMap { words in
            guard let name = words.first else { return nil }
            let keys = Self.counts(words.dropFirst()).sorted { $0.key < $1.key }
            return Table(name: String(name), keys: keys.map { Count(id: $0.key, records: $0.value) })
        }
        let leftBehind = tables.flatMap(\.keys).filter { $0.id != key }.reduce(0) { $0 + $1.records }
        faults = ProofFaults(
            leftBehind: leftBehind, unreadable: unreadable, rolledBack: figures["rolled_back"] ?? 0)
    }

    private static func counts(_ words: ArraySlice<Substring>) -> [String: Int] {
        let pairs = words.compactMap { word -> (String, Int)? in
            let halves = word.split(separator: "=")
            guard halves.count == 2, let number = Int(halves[1]) else { return nil }
            return (String(halves[0]), number)
        }
        return Dictionary(pairs) { first, _ in first }
    }
}
