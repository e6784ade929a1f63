/// How many users stood on the page; the users themselves are not read.
package struct UsersPage: Sendable, Hashable {
    package let count: Int
}

extension ZendeskClient {
    /// A resource that is closed to anonymous callers and to tokens without a read scope: proves what users/me cannot.
    package func usersPage() async -> ZendeskAnswer<UsersPage> {
        await get("/api/v2/users.json?page%5Bsize%5D=1", UsersPageBody.self) { UsersPage(count: $0.users.count) }
    }
}

private struct UsersPageBody: Decodable {
    let users: [AnyObjectBody]
}
