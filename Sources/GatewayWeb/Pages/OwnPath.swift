/// A path on this server, fit for a link.
enum OwnPath {
    static let start = "/integrations"
    /// Those of every tenant, for support.
    static let allConnections = "/connections"
    /// The diagnostics of whoever was handed a link.
    static let handedOver = "/diagnose"

    static func checked(_ path: String) -> String {
        let isPlain = path.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }
        return path.hasPrefix("/") && !path.hasPrefix("//") && isPlain ? path : start
    }

    /// The path of a connection's page, or one below it.
    static func connection(_ id: String, _ below: String = "") -> String {
        checked("/connections/\(id)\(below)")
    }
}
