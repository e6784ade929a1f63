/// One brand of the account, as far as it explains a missing help center.
package struct Brand: Sendable, Hashable {
    package let id: Int64
    package let subdomain: String?
    package let active: Bool
    /// Also while it is created and not activated; roles are what they are then.
    package let hasHelpCenter: Bool
}

extension ZendeskClient {
    /// The first hundred.
    package func brands() async -> ZendeskAnswer<[Brand]> {
        await get("/api/v2/brands.json?page%5Bsize%5D=100", BrandsBody.self, \.brands)
    }
}

private struct BrandsBody: Decodable {
    let brands: [Brand]
}

extension Brand: Decodable {
    private enum Key: String, CodingKey {
        case id, subdomain, active
        case hasHelpCenter = "has_help_center"
    }

    package init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: Key.self)
        id = try members.decode(Int64.self, forKey: .id)
        subdomain = try? members.decode(String.self, forKey: .subdomain)
        active = (try? members.decode(Bool.self, forKey: .active)) ?? true
        hasHelpCenter = (try? members.decode(Bool.self, forKey: .hasHelpCenter)) ?? false
    }
}
