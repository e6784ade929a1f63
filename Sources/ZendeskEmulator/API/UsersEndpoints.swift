/// People, and what Guide makes of them.
extension APIRoute {
    private static let read = ["users:read", "read"]

    static let people: [APIRoute] = [
        APIRoute("GET", "users/me", scopes: read, access: .anyone, parameters: ["include"], endpoint: me),
        APIRoute(
            "GET", "users", scopes: read, access: .agent,
            parameters: Paging.parameters.union([
                "role", "role[]", "permission_set", "external_id", "include", "brand_id", "include_boundary_indicators",
                "include_item_cursors",
            ]), endpoint: list),
        APIRoute("GET", "users/*", scopes: read, access: .agent, parameters: ["include"], endpoint: show),
        APIRoute("GET", "users/*/entitlements/full", scopes: read, access: .agent, endpoint: entitlements),
    ]

    /// The one endpoint that answers nobody with 200. A token must still have the scope.
    @Sendable private static func me(_ organization: inout Organization, _ call: APICall) -> Answer {
        guard case .member(let person, let token) = call.caller else { return .json(UserBody.anonymous(call: call)) }
        guard Scopes.cover(token.scopes, anyOf: read) else { return APIErrors.missingScopes(read) }
        // A forgery token of the web application: clients have no use for it and must neither keep nor log it.
        let forgeryToken = JSONMember("authenticity_token", .string("never-keep-or-log-this-\(token.id)"))
        let body = UserBody.full(person, organization, call: call) + [forgeryToken]
        return .json(["user": .object(body)])
    }

    @Sendable private static func list(_ organization: inout Organization, _ call: APICall) -> Answer {
        let roles = call.query.values("role") + call.query.values("role[]")
        let customRole = call.query["permission_set"].flatMap { Int64($0) }
        let people = organization.people.filter { person in
            person.isActive && (roles.isEmpty || roles.contains(person.role.rawValue))
                && (customRole == nil || customRole == person.customRoleID) && call.query["external_id"] == nil
        }
        return Paging(name: "users", call: call).answer(
            people.sorted { $0.id < $1.id }.map { person in
                (person.id, .object(UserBody.full(person, organization, call: call)))
            })
    }

    @Sendable private static func show(_ organization: inout Organization, _ call: APICall) -> Answer {
        guard let person = call.identifiers.first.flatMap(organization.person) else { return APIErrors.recordNotFound }
        return .json(["user": .object(UserBody.full(person, organization, call: call))])
    }

    /// Active means that the person has access and that the account has the product.
    @Sendable private static func entitlements(_ organization: inout Organization, _ call: APICall) -> Answer {
        guard let person = call.identifiers.first.flatMap(organization.person) else { return APIErrors.recordNotFound }
        func entitlement(_ name: String, active: Bool) -> JSONValue {
            ["name": .string(name), "is_active": .bool(active)]
        }
        let general = person.role == .admin ? "admin" : "agent"
        let isTeam = person.role != .endUser && person.isActive
        let hasGuide = person.guideRole != .none && organization.switches.helpCenter != .absent
        let guideName = person.guideRole == .none ? general : person.guideRole.rawValue
        var products = [
            JSONMember("chat", entitlement(general, active: false)),
            JSONMember("explore", entitlement(general, active: isTeam && person.role == .admin)),
        ]
        switch organization.switches.guideEntitlement {
        case .full: products.append(JSONMember("guide", entitlement(guideName, active: isTeam && hasGuide)))
        case .absentUnlessMarked where isTeam && hasGuide:
            products.append(JSONMember("guide", entitlement(guideName, active: true)))
        case .absentUnlessMarked: break
        case .nameOnly: products.append(JSONMember("guide", .string(guideName)))
        }
        products.append(JSONMember("talk", entitlement(person.role == .admin ? "lead" : "agent", active: false)))
        return .json(["entitlements": .object(products)])
    }
}
