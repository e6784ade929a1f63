package import FoundationEssentials

/// What was asked, without a single secret: no query, no header, no body.
package struct RequestLogEntry: Sendable, Equatable {
    package let at: Date
    package let method: String
    package let path: String
    package let organization: String?
    package let grantType: String?
    package let status: Int
    /// The fault that was played, if any; its status is what the client saw, 0 for a dropped connection.
    package let fault: String?

    var json: JSONValue {
        [
            "at": .time(at), "method": .string(method), "path": .string(path), "organization": .text(organization),
            "grant_type": .text(grantType), "status": .integer(Int64(status)), "fault": .text(fault),
        ]
    }
}

/// The newest entries, up to a limit.
package struct RequestLog: Sendable {
    static let capacity = 20_000

    package private(set) var entries: [RequestLogEntry] = []

    mutating func add(_ entry: RequestLogEntry) {
        if entries.count >= Self.capacity { entries.removeFirst(Self.capacity / 2) }
        entries.append(entry)
    }
}
