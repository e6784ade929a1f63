import FoundationEssentials

/// A user as Zendesk prints one, keys in the recorded order.
enum UserBody {
    static func full(_ person: Person, _ organization: Organization, call: APICall) -> [JSONMember] {
        identity(person, organization, call: call) + rights(person, organization)
    }

    private static func identity(_ person: Person, _ organization: Organization, call: APICall) -> [JSONMember] {
        [
            JSONMember("id", .integer(person.id)), JSONMember("url", call.link("users/\(person.id)")),
            JSONMember("name", .string(person.name)), JSONMember("email", .string(person.email)),
            JSONMember("created_at", .time(person.createdAt)), JSONMember("updated_at", .time(person.updatedAt)),
            JSONMember("time_zone", "Eastern Time (US & Canada)"), JSONMember("iana_time_zone", "America/New_York"),
            JSONMember("phone", .null), JSONMember("shared_phone_number", .null), JSONMember("photo", .null),
            JSONMember("locale_id", 1), JSONMember("locale", "en-US"),
            JSONMember("organization_id", .integer(organization.id + 300)),
            JSONMember("role", .string(person.role.rawValue)), JSONMember("verified", true),
            JSONMember("external_id", .null), JSONMember("tags", []), JSONMember("alias", .null),
            JSONMember("active", .bool(person.isActive)), JSONMember("shared", false),
            JSONMember("shared_agent", false), JSONMember("last_login_at", .time(person.lastLoginAt)),
            JSONMember("two_factor_auth_enabled", .null),
        ]
    }

    private static func rights(_ person: Person, _ organization: Organization) -> [JSONMember] {
        let isEndUser = person.role == .endUser
        var members = [
            JSONMember("signature", .null), JSONMember("details", .null), JSONMember("notes", .null),
            JSONMember("role_type", .whole(person.roleType)),
            JSONMember("custom_role_id", .whole(person.customRoleID)),
            JSONMember("moderator", .bool(person.role == .admin)),
            JSONMember("ticket_restriction", isEndUser ? "requested" : .null),
            JSONMember("only_private_comments", .bool(person.roleType == 1)),
            JSONMember("restricted_agent", .bool(person.role != .admin)),
            JSONMember("suspended", .bool(person.isSuspended)), JSONMember("suspension_details", .null),
            JSONMember("default_group_id", isEndUser ? .null : .integer(organization.id + 350)),
            JSONMember("report_csv", .bool(person.role == .admin)),
        ]
        if !isEndUser { members.append(JSONMember("is_billing_admin", .bool(person.isBillingAdmin))) }
        return members + [JSONMember("user_fields", .object([]))]
    }

    /// Nobody, answered with status 200: the trap that only a null `id` gives away.
    static func anonymous(call: APICall) -> JSONValue {
        [
            "user": [
                "id": nil, "url": .string(call.origin + "/api/v2/users/.json"), "name": "Anonymous user",
                "email": "invalid@example.com", "created_at": nil, "updated_at": nil,
                "time_zone": "Eastern Time (US & Canada)", "iana_time_zone": "America/New_York", "phone": nil,
                "shared_phone_number": nil, "photo": nil, "locale_id": 1, "locale": "en-US", "organization_id": nil,
                "role": "end-user", "verified": false, "external_id": nil, "tags": [], "alias": nil, "active": true,
                "shared": false, "shared_agent": false, "last_login_at": nil, "two_factor_auth_enabled": nil,
                "signature": nil, "details": nil, "notes": nil, "role_type": nil, "custom_role_id": nil,
                "moderator": false, "ticket_restriction": "requested", "only_private_comments": false,
                "restricted_agent": true, "suspended": false, "default_group_id": nil, "report_csv": false,
                "user_fields": .object([]), "authenticity_token": nil,
            ]
        ]
    }
}
