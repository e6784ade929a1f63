/// The world as numbers and switches, without a secret.
struct ControlReport {
    private let world: EmulatorWorld

    init(_ world: EmulatorWorld) {
        self.world = world
    }

    var state: JSONValue {
        let names = world.read { $0.organizations.keys.sorted() }
        let clients = world.read { $0.clients.values.sorted { $0.identifier < $1.identifier } }
        return [
            "now": .time(world.now), "shift_seconds": .integer(Int64(world.read(\.shift))),
            "counters": Self.counters(world.counters),
            "organizations": .object(names.map { JSONMember($0, organization($0)) }),
            "clients": .array(clients.map(Self.client)), "faults": .array(world.read(\.faults).map(\.json)),
            "requests": .array(world.log.map(\.json)),
        ]
    }

    func organization(_ subdomain: String) -> JSONValue {
        guard let organization = world.organization(subdomain) else { return .null }
        return [
            "purpose": .string(organization.purpose),
            "live_tokens": .integer(Int64(world.liveTokens(subdomain).count)),
            "counters": Self.counters(organization.tokens.counters),
            "people": .array(organization.people.map(Self.person)), "switches": organization.switches.json,
        ]
    }

    private static func counters(_ counters: TokenCounters) -> JSONValue {
        [
            "issued": .integer(Int64(counters.issued)), "rotations": .integer(Int64(counters.rotations)),
            "doubleUses": .integer(Int64(counters.doubleUses)),
            "replayedCodes": .integer(Int64(counters.replayedCodes)),
            "revocations": .integer(Int64(counters.revocations)),
        ]
    }

    private static func person(_ person: Person) -> JSONValue {
        [
            "id": .integer(person.id), "name": .string(person.name), "email": .string(person.email),
            "role": .string(person.role.rawValue), "guide_role": .string(person.guideRole.rawValue),
            "suspended": .bool(person.isSuspended), "active": .bool(person.isActive),
        ]
    }

    private static func client(_ client: EmulatorClient) -> JSONValue {
        [
            "identifier": .string(client.identifier), "kind": .string(client.kind.rawValue),
            "redirect_uris": .texts(client.redirectURIs), "allowed_scopes": .texts(client.allowedScopes.sorted()),
        ]
    }

    /// For the test-only calls.
    static func secret(_ record: TokenRecord) -> JSONValue {
        [
            "id": .integer(record.id), "user_id": .integer(record.userID), "scopes": .texts(record.scopes),
            "access_token": .string(record.accessToken), "refresh_token": .text(record.refreshToken),
            "expires_at": .time(record.expiresAt),
        ]
    }
}
