import Gateway
import GatewayCore
import Hummingbird
import Preflight
import Storage

/// Preflight for programs: before anybody signs in, of a connection, and what came of it over time.
struct PreflightAPI: Sendable {
    private static let usualPage = 50
    private static let largestPage = 200

    let desk: APIDesk

    /// `POST /v1/preflight`
    func runCold(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let caller = try await desk.caller(request, context, scope: .preflight)
        var body = try await request.jsonObject()
        let text = try body.takeString("organization_url")
        try body.finish()
        let organization = try desk.organization(try Self.named(text))
        do {
            let report = try await desk.web.coldPreflight.run(
                organizationURL: organization, caller: caller.key.id.text)
            return .json(octets: try report.json())
        } catch let refusal as ColdPreflightRefusal {
            throw WebRefusal(refusal)
        }
    }

    /// `POST /v1/connections/{id}/preflight`
    func run(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let caller = try await desk.caller(request, context, scope: .preflight)
        let connection = try await desk.connection(context, for: caller)
        var body = try await request.optionalJSONObject()
        let only = try body.takeString("only")
        try body.finish()
        let code = only.flatMap(CheckCode.init)
        guard (code == nil) == (only == nil) else {
            throw WebRefusal(
                .unprocessableContent, "check.unknown", "There is no check of that code.",
                remedy: "The codes stand in every report.")
        }
        try desk.limits.spend(.preflight, by: caller.key.id.text)
        return .json(octets: try await desk.web.diagnostics.run(connection, only: code, actor: caller.actor).json())
    }

    /// `GET /v1/connections/{id}/preflight`
    func latest(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let caller = try await desk.caller(request, context, scope: .preflight)
        let connection = try await desk.connection(context, for: caller)
        guard let report = try await desk.web.diagnostics.latest(of: connection.id) else {
            throw WebRefusal(
                .notFound, "preflight.none", "No preflight has run for this connection yet.",
                remedy: "Run one with POST.")
        }
        return .json(octets: try report.json())
    }

    /// `GET /v1/connections/{id}/preflights`
    func history(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let caller = try await desk.caller(request, context, scope: .preflight)
        let connection = try await desk.connection(context, for: caller)
        let fields = try request.query()
        try fields.refuseOthers(than: ["page_size", "cursor"])
        let size = try fields.pageSize(upTo: Self.largestPage) ?? Self.usualPage
        let cursor = try fields["cursor"].map { text in
            guard let position = Int64(text), position > 0, String(position) == text else {
                throw StorageError.unknownCursor
            }
            return position
        }
        // One more than shown: a stretch is told with what changed since the one before it.
        let found = try await desk.web.store.preflightHistory(of: connection.id, before: cursor, limit: size + 1)
        return try .json(
            History(
                preflights: found.prefix(size).enumerated().map { index, stretch in
                    StretchJSON(stretch, before: found.dropFirst(index + 1).first)
                },
                next_cursor: Nullable(found.count > size ? String(found[size - 1].position) : nil)))
    }

    /// `GET /v1/connections/{id}/preflights/{report}`
    func report(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let caller = try await desk.caller(request, context, scope: .preflight)
        let connection = try await desk.connection(context, for: caller)
        guard let id = context.parameters.get("report").flatMap(PreflightReportID.init),
            let stored = try await desk.web.store.preflight(id, of: connection.id)
        else {
            throw WebRefusal(
                .notFound, "preflight.unknown", "There is no such report, or it is too old to be kept whole.",
                remedy: "The last \(PreflightBounds.reports) reports of a connection are kept whole.")
        }
        return .json(octets: stored.json)
    }

    private struct History: Encodable {
        let preflights: [StretchJSON]
        let next_cursor: Nullable<String>
    }

    private static func named(_ text: String?) throws -> String {
        guard let text else {
            throw WebRefusal(
                .unprocessableContent, "organization_url.missing", "The member \"organization_url\" is missing.",
                remedy: "Send the organization's subdomain or address.")
        }
        return text
    }
}

extension WebRefusal {
    /// Also for the page that does the same.
    init(_ refusal: ColdPreflightRefusal) {
        switch refusal {
        case .tooMany(let seconds): self = .tooManyRequests(retryAfter: seconds)
        }
    }
}
