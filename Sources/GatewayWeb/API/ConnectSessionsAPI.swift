import FoundationEssentials
import Gateway
import GatewayCore
import HTTPTypes
import Hummingbird
import Storage

/// `POST /v1/connect-sessions`: a product asks for a link that it hands to its customer.
struct ConnectSessionsAPI: Sendable {
    let desk: APIDesk

    func create(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let caller = try await desk.caller(request, context, scope: .connect)
        let wish = try await wish(try await request.jsonObject(), caller)
        let (session, token) = try await desk.web.connectSessions.create(wish, actor: caller.actor)
        return try .json(
            Created(
                id: session.id.text, url: "\(desk.web.settings.publicOrigin)/connect/\(token.secret.exposeText())",
                expires_at: session.expiresAt.formatted(.iso8601)),
            status: .created)
    }

    private struct Created: Encodable {
        let id: String
        let url: String
        let expires_at: String
    }

    private func wish(_ body: JSONObject, _ caller: APICaller) async throws -> ConnectSessions.Request {
        var body = body
        let tenant = try tenant(try body.takeString("tenant"), caller)
        let levels = try levels(try body.takeStrings("permission_levels"))
        let organization = try body.takeString("organization_url").map(desk.organization)
        let returnURL = try returnURL(try body.takeString("return_url"))
        let id = try body.takeString("connection_id")
        try body.finish()
        let connection = try await connection(id, of: tenant, organization)
        return ConnectSessions.Request(
            tenant: tenant, permissionLevels: levels,
            organization: try connection.map {
                try OrganizationURL(subdomain: $0.subdomain, policy: desk.web.settings.hostPolicy)
            } ?? organization,
            returnURL: returnURL, connection: connection?.id)
    }

    private func tenant(_ text: String?, _ caller: APICaller) throws -> TenantID {
        guard let text, let tenant = TenantID(text) else {
            throw WebRefusal(
                .unprocessableContent, "tenant.invalid", "The tenant is missing or not one.",
                remedy: "Send 1 to 64 letters, digits, or one of - _ . : in \"tenant\".")
        }
        guard caller.maySee(tenant) else {
            throw WebRefusal(
                .notFound, "tenant.unknown", "There is no such tenant for this key.",
                remedy: "Use a key of that tenant.")
        }
        return tenant
    }

    private func levels(_ names: [String]?) throws -> [PermissionLevel] {
        guard let names else { return PermissionLevel.allCases }
        let levels = names.compactMap(PermissionLevel.init(name:))
        guard levels.count == names.count, !levels.isEmpty, Set(levels).count == levels.count else {
            throw WebRefusal(
                .unprocessableContent, "permission_level.unknown",
                "The permission levels are not a list of known ones.",
                remedy: "Send read, read_and_act, or both.")
        }
        return levels
    }

    private func returnURL(_ text: String?) throws -> String? {
        guard let text else { return nil }
        guard let address = ReturnURL(text, origins: desk.web.settings.returnOrigins) else {
            throw WebRefusal(
                .unprocessableContent, "return_url.not_allowed", "That return_url is not under an allowed origin.",
                remedy: "Ask the operator to name its origin in LATCHKEY_RETURN_ORIGINS.")
        }
        return address.text
    }

    private func connection(
        _ text: String?, of tenant: TenantID, _ organization: OrganizationURL?
    ) async throws -> Connection? {
        guard let text else { return nil }
        guard let id = ConnectionID(text), let connection = try await desk.web.store.connection(id),
            connection.tenant == tenant
        else { throw APIDesk.noConnection }
        guard connection.status != .disconnected else {
            throw WebRefusal(
                .unprocessableContent, "connection.disconnected", "That connection was disconnected.",
                remedy: "Leave connection_id out to make a new one.")
        }
        guard organization.map({ $0.subdomain == connection.subdomain }) ?? true else {
            throw WebRefusal(
                .unprocessableContent, "connection.other_organization",
                "That connection belongs to another organization than organization_url names.",
                remedy: "Send only one of the two.")
        }
        return connection
    }
}
