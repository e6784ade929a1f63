import FoundationEssentials

/// A list cut into pages, in the two ways Zendesk has.
struct Paging: Sendable {
    static let maximumSize = 100
    static let maximumDepth = 10_000
    static let parameters: Set<String> = [
        "page[size]", "page[after]", "page[before]", "page", "per_page", "sort", "sort_by", "sort_order",
    ]

    struct Refusal: Error {
        let answer: Answer
    }

    /// What stands in an offset body besides the records; help center lists say more.
    enum Style {
        case support, helpCenter
    }

    let name: String
    let call: APICall
    var style = Style.support

    /// The answer for these records, which come in the order of their ids.
    func answer(_ records: [(id: Int64, body: JSONValue)]) -> Answer {
        do throws(Refusal) {
            let usesCursor = call.query.pairs.contains { $0.name.hasPrefix("page[") }
            return .json(usesCursor ? try cursorPage(records) : try offsetPage(records))
        } catch {
            return error.answer
        }
    }

    private func offsetPage(_ records: [(id: Int64, body: JSONValue)]) throws(Refusal) -> JSONValue {
        let size = min(try number("per_page", default: Self.maximumSize), Self.maximumSize)
        let page = try number("page", default: 1)
        guard page <= Self.maximumDepth / size else { throw Self.tooDeep }
        let start = (page - 1) * size
        let slice = start < records.count ? records[start..<min(start + size, records.count)] : []
        let next: JSONValue = start + size < records.count ? offsetLink(page + 1, size) : .null
        let previous: JSONValue = page > 1 ? offsetLink(page - 1, size) : .null
        let list = JSONMember(name, .array(slice.map(\.body)))
        let count = JSONMember("count", .integer(Int64(records.count)))
        guard style == .helpCenter else {
            return .object([list, JSONMember("next_page", next), JSONMember("previous_page", previous), count])
        }
        let pages = (records.count + size - 1) / size
        return .object([
            count, JSONMember("next_page", next), JSONMember("page", .integer(Int64(page))),
            JSONMember("page_count", .integer(Int64(pages))), JSONMember("per_page", .integer(Int64(size))),
            JSONMember("previous_page", previous), list,
        ])
    }

    private func offsetLink(_ page: Int, _ size: Int) -> JSONValue {
        .string(link([("page", String(page)), ("per_page", String(size))]))
    }

    /// `links.next` is filled even on the last page: only `has_more` ends the list.
    private func cursorPage(_ unsorted: [(id: Int64, body: JSONValue)]) throws(Refusal) -> JSONValue {
        let size = try number("page[size]", default: Self.maximumSize)
        guard size <= Self.maximumSize else { throw Self.invalid("page[size]") }
        let records = try sorted(unsorted)
        let range = try range(in: records, size: size)
        let page = records[range]
        let first = page.first.map { Self.cursor($0.id) }
        let last = page.last.map { Self.cursor($0.id) }
        let more = call.query["page[before]"] == nil ? range.upperBound < records.count : range.lowerBound > 0
        return .object([
            JSONMember(name, .array(page.map(\.body))),
            JSONMember(
                "meta",
                ["has_more": .bool(more), "after_cursor": .text(last), "before_cursor": .text(first)]),
            JSONMember(
                "links",
                [
                    "prev": .text(first.map { link([("page[before]", $0), ("page[size]", String(size))]) }),
                    "next": .text(last.map { link([("page[after]", $0), ("page[size]", String(size))]) }),
                ]),
        ])
    }

    private func sorted(
        _ records: [(id: Int64, body: JSONValue)]
    ) throws(Refusal) -> [(id: Int64, body: JSONValue)] {
        switch call.query["sort"] {
        case nil, "id", "created_at": records
        case "-id", "-created_at": records.reversed()
        default: throw Self.invalid("sort")
        }
    }

    private func range(in records: [(id: Int64, body: JSONValue)], size: Int) throws(Refusal) -> Range<Int> {
        if let after = call.query["page[after]"] {
            let start = try index(of: after, in: records) + 1
            return start..<min(start + size, records.count)
        }
        if let before = call.query["page[before]"] {
            let end = try index(of: before, in: records)
            return max(0, end - size)..<end
        }
        return 0..<min(size, records.count)
    }

    private func index(of cursor: String, in records: [(id: Int64, body: JSONValue)]) throws(Refusal) -> Int {
        guard let id = Self.identifier(cursor), let index = records.firstIndex(where: { $0.id == id }) else {
            throw Self.invalid("page")
        }
        return index
    }

    private func number(_ name: String, default value: Int) throws(Refusal) -> Int {
        guard let text = call.query[name] else { return value }
        guard let number = Int(text), number > 0 else { throw Self.invalid(name) }
        return number
    }

    private func link(_ pairs: [(String, String)]) -> String {
        let kept = call.query.pairs.filter { !$0.name.hasPrefix("page") && $0.name != "per_page" }
            .map { ($0.name, $0.value) }
        return "\(call.origin)/api/v2/\(call.path).json?\(Parameters(kept + pairs).encoded)"
    }

    /// Base64 of a small JSON object, as recorded; clients must not look inside.
    private static func cursor(_ id: Int64) -> String {
        let value = Data(String(id).utf8).base64EncodedString()
        return Data("{\"o\":\"id\",\"v\":\"\(value)\"}".utf8).base64EncodedString()
    }

    private static func identifier(_ cursor: String) -> Int64? {
        guard let outer = Data(base64Encoded: cursor), let inner = try? JSONReader.read(Array(outer)),
            let value = inner["v"]?.text.flatMap({ Data(base64Encoded: $0) })
        else { return nil }
        return Int64(String(decoding: value, as: UTF8.self))
    }

    private static func invalid(_ name: String) -> Refusal {
        Refusal(
            answer: APIErrors.pagination(
                "InvalidPaginationParameter", title: "Invalid pagination parameter", detail: "\(name) is not valid"))
    }

    private static let tooDeep = Refusal(
        answer: APIErrors.pagination(
            "InvalidPaginationDepth",
            title: "Pagination requests using Offset Pagination are limited to \(maximumDepth) records",
            detail: "Use cursor pagination instead"))
}
