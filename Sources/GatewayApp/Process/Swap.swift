import FoundationEssentials

/// Whether what is in memory can get onto a disk.
package enum Swap {
    /// Nil where the system does not tell, as in some sandboxes.
    static func table() -> String? {
        FileManager.default.contents(atPath: "/proc/swaps").map { String(decoding: $0, as: UTF8.self) }
    }

    /// One line is the heading; what is not told counts as possible.
    package static func isPossible(by table: String?) -> Bool {
        guard let table else { return true }
        return table.split(separator: "\n").count > 1
    }
}
