package import FoundationEssentials

/// Somebody with an account in one organization.
package struct Person: Sendable, Equatable {
    package enum Role: String, Sendable, CaseIterable {
        case endUser = "end-user"
        case agent, admin
    }

    /// The role in Guide; `none` means that the Guide box is not marked.
    package enum GuideRole: String, Sendable, CaseIterable {
        case admin, agent, viewer, none
    }

    package let id: Int64
    package var name: String
    package var email: String
    package var role: Role
    /// Zendesk's number for the kind of team member; nil for end users and agents without a custom role.
    package var roleType: Int64?
    package var customRoleID: Int64?
    package var guideRole: GuideRole
    package var isSuspended = false
    /// False after a soft delete.
    package var isActive = true
    package var isBillingAdmin = false
    package var lastLoginAt: Date?
    package var createdAt: Date
    package var updatedAt: Date

    /// The one password of this world, shown on the sign-in page.
    package static let password = "password"

    /// A change of role carries the built-in role number along, as Admin Center does.
    mutating func change(role newRole: Role) {
        role = newRole
        roleType = newRole == .admin ? 4 : nil
        customRoleID = newRole == .admin ? customRoleID : nil
        if newRole == .endUser { guideRole = .none }
        if newRole == .admin { guideRole = .admin }
    }
}
