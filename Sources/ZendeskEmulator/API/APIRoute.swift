/// One line of the route table: everything that is checked before an endpoint's own code runs.
struct APIRoute: Sendable {
    /// Who may call.
    enum Access: Sendable {
        case anyone, member, agent, admin, guideManager
    }

    typealias Endpoint = @Sendable (inout Organization, APICall) -> Answer

    let method: String
    /// Path parts after `/api/v2`; `*` is a number.
    let pattern: [String]
    /// Any one of them opens the endpoint; none means that any token does.
    let scopes: [String]
    let access: Access
    /// Names the endpoint understands. Others are ignored and named in a warning header.
    let parameters: Set<String>
    let endpoint: Endpoint

    init(
        _ method: String, _ path: String, scopes: [String] = [], access: Access, parameters: Set<String> = [],
        endpoint: @escaping Endpoint
    ) {
        self.method = method
        pattern = path.split(separator: "/").map(String.init)
        self.scopes = scopes
        self.access = access
        self.parameters = parameters
        self.endpoint = endpoint
    }

    /// The numbers at the placeholders, or nil when the path is another one.
    func match(_ parts: [String]) -> [Int64]? {
        guard parts.count == pattern.count else { return nil }
        var identifiers: [Int64] = []
        for (part, wanted) in zip(parts, pattern) {
            if wanted == "*", let identifier = Int64(part) {
                identifiers.append(identifier)
            } else if part != wanted {
                return nil
            }
        }
        return identifiers
    }

    var isHelpCenter: Bool {
        pattern.first == "help_center"
    }

    static let all: [APIRoute] = people + incremental + account + tokens + helpCenter
}
