package import FoundationEssentials

/// One Zendesk account: what Zendesk calls account, we call organization.
package struct Organization: Sendable {
    package let subdomain: String
    package let id: Int64
    package var name: String
    /// What this organization shows, in one sentence for the addresses page.
    package var purpose: String
    /// The first one is who signs in unless somebody chooses otherwise.
    package var people: [Person]
    package var brands: [Brand]
    package var customRoles: [CustomRole]
    package var auditLog: [AuditRecord] = []
    package var switches: OrganizationSwitches
    package var tokens: TokenBook
    package var codes = CodeBook()
    var sessions: [String: BrowserSession] = [:]
    var supportRate = RateWindow()
    var helpCenterRate = RateWindow()
    var incrementalRate = RateWindow()
    let createdAt: Date

    func person(_ id: Int64) -> Person? {
        people.first { $0.id == id }
    }

    /// The first where nobody is named.
    package func person(email: String?) -> Person? {
        guard let email else { return people.first }
        return people.first { $0.email == email }
    }

    func has(host subdomain: String) -> Bool {
        self.subdomain == subdomain || brands.contains { $0.subdomain == subdomain }
    }

    /// A brand that is switched off answers like an address nobody has.
    func isServed(at subdomain: String) -> Bool {
        guard switches.account != .gone else { return false }
        return self.subdomain == subdomain || brands.contains { $0.subdomain == subdomain && $0.isActive }
    }
}

/// A role of team members, built in or the organization's own.
package struct CustomRole: Sendable, Equatable {
    package let id: Int64
    package var name: String
    package var description: String
    package var roleType: Int64
    package var configuration: JSONValue
}

/// One row of the audit log.
package struct AuditRecord: Sendable, Equatable {
    package let id: Int64
    package let createdAt: Date
    package let actorID: Int64
    package let actorName: String
    package let action: String
    package let actionLabel: String
    package let sourceType: String
    package let sourceID: Int64
    package let sourceLabel: String
    package let change: String
    package let address: String?
}

extension Organization {
    /// Team members' sign-ins are logged, end users' are not.
    mutating func recordSignIn(of person: Person, moment: Moment) {
        guard let index = people.firstIndex(where: { $0.id == person.id }) else { return }
        people[index].lastLoginAt = moment.now
        guard person.role != .endUser else { return }
        auditLog.append(signIn(of: person, at: moment.now))
    }

    func signIn(of person: Person, at now: Date) -> AuditRecord {
        AuditRecord(
            id: id + 900_000 + Int64(auditLog.count), createdAt: now, actorID: person.id, actorName: person.name,
            action: "login", actionLabel: "Signed in", sourceType: "user", sourceID: person.id,
            sourceLabel: "Team member: \(person.name)",
            change: "Successful sign-in using Zendesk password from "
                + "https://\(subdomain).zendesk.com/access/login", address: "203.0.113.10")
    }
}
