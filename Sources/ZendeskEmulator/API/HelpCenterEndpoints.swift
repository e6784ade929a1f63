/// The help center, for its managers.
extension APIRoute {
    static let helpCenter: [APIRoute] = [
        APIRoute(
            "GET", "help_center/user_segments", scopes: ["hc:read", "read"], access: .guideManager,
            parameters: Paging.parameters.union(["built_in"]), endpoint: userSegments)
    ]

    @Sendable private static func userSegments(_ organization: inout Organization, _ call: APICall) -> Answer {
        let segments: [(Int64, String, String)] = [
            (organization.id + 601, "signed_in_users", "Signed-in users"),
            (organization.id + 602, "staff", "Agents and admins"),
        ]
        return Paging(name: "user_segments", call: call, style: .helpCenter).answer(
            segments.map { id, type, name in (id, segment(id, type, name, organization)) })
    }

    private static func segment(
        _ id: Int64, _ type: String, _ name: String, _ organization: Organization
    ) -> JSONValue {
        [
            "id": .integer(id), "user_type": .string(type), "group_ids": [], "organization_ids": [], "tags": [],
            "or_tags": [], "created_at": .time(organization.createdAt), "updated_at": .time(organization.createdAt),
            "built_in": true, "added_user_ids": [], "name": .string(name),
        ]
    }
}
