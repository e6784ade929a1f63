/// Whom the token acts for.
package struct CurrentUser: Sendable, Hashable {
    /// Nil for the anonymous user, whom Zendesk shows with status 200 to callers it does not know.
    package let id: Int64?
    package let name: String?
    package let email: String?
    /// `end-user`, `agent` or `admin`.
    package let role: String?
    /// 0 custom agent, 1 light agent, 2 chat agent, 3 contributor, 4 admin, 5 billing admin; nil for most others.
    package let roleType: Int?
    package let suspended: Bool
    /// False for a deleted user.
    package let active: Bool
    package let customRoleID: Int64?

    package var isAnonymous: Bool { id == nil }
}

extension ZendeskClient {
    package func currentUser() async -> ZendeskAnswer<CurrentUser> {
        await get("/api/v2/users/me.json", CurrentUserBody.self, \.user)
    }
}

private struct CurrentUserBody: Decodable {
    let user: CurrentUser
}

extension CurrentUser: Decodable {
    private enum Key: String, CodingKey {
        case id, name, email, role, suspended, active
        case roleType = "role_type"
        case customRoleID = "custom_role_id"
    }

    /// Strict about `id` only: a missing or odd one must not pass for a person.
    package init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: Key.self)
        id = try members.decodeIfPresent(Int64.self, forKey: .id)
        name = try? members.decode(String.self, forKey: .name)
        email = try? members.decode(String.self, forKey: .email)
        role = try? members.decode(String.self, forKey: .role)
        roleType = try? members.decode(Int.self, forKey: .roleType)
        suspended = (try? members.decode(Bool.self, forKey: .suspended)) ?? false
        active = (try? members.decode(Bool.self, forKey: .active)) ?? true
        customRoleID = try? members.decode(Int64.self, forKey: .customRoleID)
    }
}
