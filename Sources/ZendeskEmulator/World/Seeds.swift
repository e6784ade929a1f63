import FoundationEssentials

/// The organizations that exist at the start. Each shows one of Zendesk's faces.
enum Seeds {
    static func organizations(at now: Date) -> [String: Organization] {
        let all = [
            organization("acme", 1, "Acme", "Everything is fine; Enterprise plan.", now: now),
            agentville(now), noguide(now), fenced(now), suspended(now), unpaid(now),
        ]
        return Dictionary(all.map { ($0.subdomain, $0) }) { first, _ in first }
    }

    private static func agentville(_ now: Date) -> Organization {
        var made = organization("agentville", 2, "Agentville", "Who signs in is an agent.", now: now)
        made.people.swapAt(0, 1)
        return made
    }

    private static func noguide(_ now: Date) -> Organization {
        var made = organization("noguide", 3, "Noguide", "The admin's Guide box is not marked.", now: now)
        made.people[0].guideRole = .none
        return made
    }

    /// The ranges contain loopback, so calls work although the restriction is on.
    private static func fenced(_ now: Date) -> Organization {
        var made = organization("fenced", 4, "Fenced", "IP restrictions are on; local calls are inside.", now: now)
        made.switches.ipRestrictionEnabled = true
        made.switches.ipRanges = "127.0.0.0/8 ::1 203.0.113.0/24"
        return made
    }

    /// Suspended people cannot sign in; here they can, because otherwise nobody could look at what follows.
    private static func suspended(_ now: Date) -> Organization {
        var made = organization("suspended", 5, "Suspended", "Who signs in is suspended.", now: now)
        made.people[0].isSuspended = true
        made.switches.suspendedMaySignIn = true
        made.switches.suspendedPerson = .visible
        return made
    }

    private static func unpaid(_ now: Date) -> Organization {
        var made = organization("unpaid", 6, "Unpaid", "The account is suspended by Zendesk.", now: now)
        made.switches.account = .unpaid
        return made
    }

    static func healthy(_ subdomain: String, _ number: Int64, now: Date) -> Organization {
        organization(subdomain, number, subdomain, "One of many; everything is fine.", now: now)
    }

    private static func organization(
        _ subdomain: String, _ number: Int64, _ name: String, _ purpose: String, now: Date
    ) -> Organization {
        let id = 20_000_000_000_000 + number * 10_000_000_000
        let created = now.addingTimeInterval(-400 * 86_400)
        var made = Organization(
            subdomain: subdomain, id: id, name: name, purpose: purpose,
            people: people(id, subdomain, created: created), brands: brands(id, subdomain, name, created: created),
            customRoles: SeededRoles.all(id), switches: OrganizationSwitches(),
            tokens: TokenBook(firstID: id + 500_000), createdAt: created)
        made.seedSignIns(now)
        return made
    }

    private static func people(_ id: Int64, _ subdomain: String, created: Date) -> [Person] {
        func person(
            _ number: Int64, _ name: String, _ role: Person.Role, type: Int64?, role customRole: Int64?,
            guide: Person.GuideRole
        ) -> Person {
            let local = name.lowercased().split(separator: " ")[0]
            return Person(
                id: id + 100 + number, name: name, email: "\(local)@\(subdomain).example", role: role, roleType: type,
                customRoleID: customRole, guideRole: guide, createdAt: created, updatedAt: created)
        }
        var people = [
            person(1, "Ada Admin", .admin, type: 4, role: id + 401, guide: .admin),
            person(2, "Gus Agent", .agent, type: nil, role: nil, guide: .agent),
            person(3, "Lia Light", .agent, type: 1, role: id + 402, guide: .viewer),
            person(4, "Erin Enduser", .endUser, type: nil, role: nil, guide: .none),
        ]
        people[0].isBillingAdmin = true
        return people
    }

    private static func brands(_ id: Int64, _ subdomain: String, _ name: String, created: Date) -> [Brand] {
        [
            Brand(
                id: id + 201, name: name, subdomain: subdomain, hasHelpCenter: true, helpCenterState: "enabled",
                isActive: true, isDefault: true, createdAt: created),
            Brand(
                id: id + 202, name: "\(name) Europe", subdomain: "\(subdomain)-eu", hasHelpCenter: false,
                helpCenterState: "disabled", isActive: true, isDefault: false,
                createdAt: created.addingTimeInterval(86_400 * 30)),
        ]
    }
}

extension Organization {
    /// A few weeks of sign-ins, so that the log is not empty before anybody came.
    fileprivate mutating func seedSignIns(_ now: Date) {
        for day in stride(from: 21.0, through: 1.0, by: -4.0) {
            for index in people.indices where people[index].role != .endUser && !people[index].isSuspended {
                let moment = now.addingTimeInterval(-day * 86_400 + Double(index) * 600)
                people[index].lastLoginAt = moment
                auditLog.append(signIn(of: people[index], at: moment))
            }
        }
    }
}
