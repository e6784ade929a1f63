/// Where a product wants its customer back: an address under one of the configured origins.
struct ReturnURL: Sendable {
    private static let maximumBytes = 2000

    let text: String

    /// Nil for anything that is not plainly under one of the origins. The origin is compared as text and must be followed by
    /// a path, a query or nothing, so that neither user information nor a longer host name can follow it (WEB-23).
    init?(_ text: String, origins: [String]) {
        guard text.utf8.count <= Self.maximumBytes, text.utf8.allSatisfy(Self.isAllowed),
            origins.contains(where: { Self.isUnder($0, text) })
        else { return nil }
        self.text = text
    }

    /// With what became of the connect.
    func adding(connectionID: String, status: String) -> String {
        text + (text.contains("?") ? "&" : "?") + "connection_id=\(connectionID)&status=\(status)"
    }

    private static func isUnder(_ origin: String, _ text: String) -> Bool {
        guard text.hasPrefix(origin) else { return false }
        let next = text.utf8.dropFirst(origin.utf8.count).first
        return next.map { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? true
    }

    /// Visible ASCII without what browsers repair (a backslash) and without a fragment, behind which our fields would be
    /// lost.
    private static func isAllowed(_ octet: UInt8) -> Bool {
        octet > 0x20 && octet < 0x7F && octet != UInt8(ascii: "\\") && octet != UInt8(ascii: "#")
            && octet != UInt8(ascii: "\"") && octet != UInt8(ascii: "<") && octet != UInt8(ascii: ">")
    }
}
