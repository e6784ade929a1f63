import HTTPTypes

/// The patterns of all routes.
struct RouteTable: Sendable {
    private let routes: [(pieces: [Substring], method: HTTPRequest.Method)]

    init(_ routes: [Route]) {
        self.routes = routes.map { (Self.pieces($0.pattern), $0.method) }
    }

    func methods(for path: String) -> [HTTPRequest.Method] {
        let asked = Self.pieces(path)
        return routes.filter { Self.matches($0.pieces, asked) }.map(\.method)
    }

    private static func pieces(_ path: String) -> [Substring] { path.split(separator: "/") }

    private static func matches(_ pattern: [Substring], _ path: [Substring]) -> Bool {
        guard pattern.last != "**" else { return path.count >= pattern.count && begins(pattern.dropLast(), path) }
        return pattern.count == path.count && begins(pattern, path)
    }

    private static func begins(_ pattern: [Substring], _ path: [Substring]) -> Bool {
        zip(pattern, path).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
    }
}
