/// Changes to one organization from outside: its switches by name, and its people by email address.
package struct OrganizationPatch: Sendable {
    private let members: [JSONMember]

    package init(_ json: JSONValue) throws(ControlRefusal) {
        guard let members = json.members else { throw ControlRefusal("the body is an object") }
        self.members = members
    }

    /// All or nothing: the organization is changed only if every member could be applied.
    package func apply(to organization: inout Organization) throws(ControlRefusal) {
        var changed = organization
        for member in members {
            switch member.name {
            case "people": try apply(people: member.value, to: &changed)
            case "name": changed.name = member.value.text ?? changed.name
            case "brands": try apply(brands: member.value, to: &changed)
            default:
                guard changed.switches.set(member.name, to: member.value) else {
                    throw ControlRefusal("\(member.name) is unknown or cannot be \(member.value.rendered)")
                }
            }
        }
        organization = changed
    }

    private func apply(people json: JSONValue, to organization: inout Organization) throws(ControlRefusal) {
        for member in json.members ?? [] {
            guard let index = organization.people.firstIndex(where: { $0.email == member.name }) else {
                throw ControlRefusal("nobody has the address \(member.name)")
            }
            for change in member.value.members ?? [] {
                guard organization.people[index].set(change.name, to: change.value) else {
                    throw ControlRefusal("\(change.name) is unknown or cannot be \(change.value.rendered)")
                }
            }
        }
    }

    private func apply(brands json: JSONValue, to organization: inout Organization) throws(ControlRefusal) {
        for member in json.members ?? [] {
            guard let index = organization.brands.firstIndex(where: { $0.subdomain == member.name }),
                let active = member.value["active"]?.truth
            else { throw ControlRefusal("brand \(member.name): no such brand, or no \"active\"") }
            organization.brands[index].isActive = active
        }
    }
}

extension Person {
    /// False when there is no such member or it cannot have this value.
    fileprivate mutating func set(_ name: String, to value: JSONValue) -> Bool {
        switch (name, value) {
        case ("role", .string(let text)):
            guard let role = Role(rawValue: text) else { return false }
            change(role: role)
        case ("guide_role", .string(let text)):
            guard let role = GuideRole(rawValue: text) else { return false }
            guideRole = role
        case ("role_type", .integer(let number)): roleType = number
        case ("role_type", .null): roleType = nil
        case ("suspended", .bool(let flag)): isSuspended = flag
        case ("active", .bool(let flag)): isActive = flag
        case ("name", .string(let text)): self.name = text
        default: return false
        }
        return true
    }
}
