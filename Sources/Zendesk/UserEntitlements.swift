/// A person's roles in the products beside Support.
package struct UserEntitlements: Sendable, Hashable {
    /// By product as Zendesk names it: `guide`, `chat`, `explore`, `talk`. Absent or null products are not in it.
    package let products: [String: Entitlement]

    package var guide: Entitlement? { products["guide"] }
}

package struct Entitlement: Sendable, Hashable {
    /// `admin`, `agent`, `viewer`; nil where Zendesk names none.
    package let name: String?
    /// Only when the person has access and the product is active on the account. Nil where the answer does not say.
    package let isActive: Bool?
}

extension ZendeskClient {
    package func entitlements(of userID: Int64) async -> ZendeskAnswer<UserEntitlements> {
        await get("/api/v2/users/\(userID)/entitlements/full", UserEntitlementsBody.self) { body in
            UserEntitlements(products: body.entitlements.compactMapValues { $0?.entitlement })
        }
    }
}

private struct UserEntitlementsBody: Decodable {
    let entitlements: [String: EntitlementShape?]
}

/// The documented object, or the bare name that an older, private variant of this call answers with.
private struct EntitlementShape: Decodable {
    let entitlement: Entitlement?

    private enum Key: String, CodingKey {
        case name
        case isActive = "is_active"
    }

    init(from decoder: any Decoder) throws {
        if let members = try? decoder.container(keyedBy: Key.self) {
            entitlement = Entitlement(
                name: try? members.decode(String.self, forKey: .name),
                isActive: try? members.decode(Bool.self, forKey: .isActive))
        } else {
            let name = try? decoder.singleValueContainer().decode(String.self)
            entitlement = name.map { Entitlement(name: $0, isActive: nil) }
        }
    }
}
