import FoundationEssentials

/// Exports of what changed since a moment, cut by cursors.
extension APIRoute {
    static let incremental: [APIRoute] = [
        APIRoute(
            "GET", "incremental/users/cursor", scopes: ["users:read", "read"], access: .admin,
            parameters: ["start_time", "cursor", "per_page", "include"], endpoint: users)
    ]

    @Sendable private static func users(_ organization: inout Organization, _ call: APICall) -> Answer {
        let reading = organization.incrementalRate.take(limit: IncrementalExport.requestsAMinute, at: call.now)
        guard !reading.isExceeded else { return APIErrors.tooManyRequests(resetsIn: reading.resetsIn) }
        let records = organization.people.map { person in
            IncrementalExport.Record(
                id: person.id, updatedAt: person.updatedAt,
                // Soft-deleted people come too; those erased for good would be marked.
                body: .object(
                    UserBody.full(person, organization, call: call) + [JSONMember("permanently_deleted", false)]))
        }
        return IncrementalExport(name: "users", call: call).answer(records)
    }
}

/// One page of an export: by update time, then id; nothing of the last minute.
struct IncrementalExport: Sendable {
    static let requestsAMinute = 10
    static let maximumSize = 1000
    /// Zendesk withholds what is younger, and refuses to begin there.
    static let withheld: TimeInterval = 60

    struct Record: Sendable {
        let id: Int64
        let updatedAt: Date
        let body: JSONValue

        var second: Int64 { Int64(updatedAt.timeIntervalSince1970.rounded(.down)) }
    }

    private struct Position {
        let second: Int64
        let id: Int64

        func isBefore(_ record: Record) -> Bool { (second, id) < (record.second, record.id) }

        /// Base64 of `{unix}.0||{id}|`, as recorded; clients must not look inside.
        var cursor: String { Data("\(second).0||\(id)|".utf8).base64EncodedString() }
    }

    let name: String
    let call: APICall

    func answer(_ records: [Record]) -> Answer {
        guard let size = size() else { return Self.refusal("InvalidValue", "per_page must be a positive number") }
        guard let start = start() else {
            return Self.refusal("InvalidValue", "either start_time or cursor must be given, and be valid")
        }
        let newest = call.now.addingTimeInterval(-Self.withheld)
        guard start.id > 0 || TimeInterval(start.second) <= newest.timeIntervalSince1970 else {
            return Self.refusal(
                "StartTimeTooRecent", "Too recent start_time. Use a start_time older than 60 seconds")
        }
        let following = records.filter { $0.updatedAt <= newest && start.isBefore($0) }
            .sorted { ($0.second, $0.id) < ($1.second, $1.id) }
        return .json(page(Array(following.prefix(size)), after: start, size: size, isLast: following.count <= size))
    }

    private func page(_ page: [Record], after start: Position, size: Int, isLast: Bool) -> JSONValue {
        let end = page.last.map { Position(second: $0.second, id: $0.id) } ?? start
        let pairs = [("cursor", end.cursor), ("per_page", String(size))]
        let after = "\(call.origin)/api/v2/\(call.path).json?\(Parameters(pairs).encoded)"
        return .object([
            JSONMember(name, .array(page.map(\.body))), JSONMember("after_url", .string(after)),
            JSONMember("before_url", .null), JSONMember("after_cursor", .string(end.cursor)),
            JSONMember("before_cursor", .null), JSONMember("end_of_stream", .bool(isLast)),
        ])
    }

    private func size() -> Int? {
        guard let text = call.query["per_page"] else { return Self.maximumSize }
        guard let number = Int(text), number > 0 else { return nil }
        return min(number, Self.maximumSize)
    }

    /// The cursor wins over a start time; what stands at the start time itself belongs to the export.
    private func start() -> Position? {
        if let cursor = call.query["cursor"] { return Self.position(cursor) }
        guard let second = call.query["start_time"].flatMap({ Int64($0) }), second >= 0 else { return nil }
        return Position(second: second, id: 0)
    }

    private static func position(_ cursor: String) -> Position? {
        guard let octets = Data(base64Encoded: cursor) else { return nil }
        let parts = String(decoding: octets, as: UTF8.self)
            .split(separator: "|", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4, parts[0].hasSuffix(".0"), let second = Int64(parts[0].dropLast(2)),
            let id = Int64(parts[2])
        else { return nil }
        return Position(second: second, id: id)
    }

    private static func refusal(_ error: String, _ description: String) -> Answer {
        .json(["error": .string(error), "description": .string(description)], status: 400)
    }
}
