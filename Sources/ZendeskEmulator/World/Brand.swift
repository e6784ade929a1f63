package import FoundationEssentials

/// One face of an organization, with a subdomain of its own.
package struct Brand: Sendable, Equatable {
    package let id: Int64
    package var name: String
    package var subdomain: String
    package var hasHelpCenter: Bool
    /// `enabled`, `disabled` or `restricted`.
    package var helpCenterState: String
    package var isActive: Bool
    package var isDefault: Bool
    package var createdAt: Date
}
