/// The filters of the audit log, and its rows.
struct AuditLogFilter {
    static let parameters: Set<String> = [
        "filter[action]", "filter[action][]", "filter[created_at]", "filter[created_at][]", "filter[source_type]",
        "filter[source_id]", "filter[actor_id]", "filter[ip_address]",
    ]

    private let query: Parameters

    init(_ query: Parameters) {
        self.query = query
    }

    /// Newest first unless the caller sorts. A time range is one parameter given twice: start, then end.
    func apply(_ records: [AuditRecord]) -> [AuditRecord] {
        let actions = query.values("filter[action]") + query.values("filter[action][]")
        let range = query.values("filter[created_at]") + query.values("filter[created_at][]")
        let found = records.filter { record in
            (actions.isEmpty || actions.contains(record.action)) && isWithin(record.createdAt.zendeskText, range)
                && fits("filter[source_type]", record.sourceType)
                && fits("filter[source_id]", String(record.sourceID))
                && fits("filter[actor_id]", String(record.actorID))
                && fits("filter[ip_address]", record.address ?? "")
        }
        let isAscending = query["sort"] != nil || query["sort_order"] == "asc"
        let sorted = found.sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
        return isAscending ? sorted : sorted.reversed()
    }

    /// Times with the same form compare as text.
    private func isWithin(_ time: String, _ range: [String]) -> Bool {
        guard range.count == 2 else { return true }
        return range[0] <= time && time <= range[1]
    }

    private func fits(_ name: String, _ value: String) -> Bool {
        query[name].map { $0 == value } ?? true
    }

    static func body(_ record: AuditRecord, call: APICall) -> JSONValue {
        [
            "url": call.link("audit_logs/\(record.id)"), "id": .integer(record.id),
            "action_label": .string(record.actionLabel), "actor_id": .integer(record.actorID),
            "source_id": .integer(record.sourceID), "source_type": .string(record.sourceType),
            "source_label": .string(record.sourceLabel), "action": .string(record.action),
            "change_description": .string(record.change), "ip_address": .text(record.address),
            "created_at": .time(record.createdAt), "actor_name": .string(record.actorName),
        ]
    }
}
