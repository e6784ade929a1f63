/// What the admin allows this connection to do. A closed list; scopes are looked up from it and never typed.
package enum PermissionLevel: String, Sendable, CaseIterable, Codable {
    case read = "read"
    case readAndAct = "read_and_act"

    /// Exact names only: no case folding, no trimming, because the value comes from our own form or from a program.
    package init?(name: String) {
        self.init(rawValue: name)
    }

    /// The scopes asked for at Zendesk. `write` does not imply reading there, so `read` is always named.
    package var scopes: ScopeSet {
        switch self {
        case .read: ScopeSet(["read"])
        case .readAndAct: ScopeSet(["read", "write"])
        }
    }

    /// As people read it.
    package var title: String {
        switch self {
        case .read: "Read"
        case .readAndAct: "Read and take action"
        }
    }
}
