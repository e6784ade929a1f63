import GatewayApp

/// The ports to use, settled before anything starts: gateway and stand-in must know each other's address beforehand.
struct DemoPorts {
    let http: Int
    let zendesk: Int
    let control: Int?

    var publicURL: String { "http://localhost:\(http)" }

    /// A port that was asked for is used or refused; a default that is taken gives way to a free one.
    init(http: Int?, zendesk: Int?, control: Int?) throws {
        self.http = try Self.port(http, usually: 8080)
        self.zendesk = try Self.port(zendesk, usually: 9443)
        self.control = try control.map { try Self.port($0, usually: $0) }
    }

    private static func port(_ wanted: Int?, usually: Int) throws -> Int {
        if let free = LoopbackPort.bindable(wanted ?? usually) { return free }
        guard wanted == nil, let free = LoopbackPort.bindable(0) else { throw PortTaken(port: wanted ?? usually) }
        return free
    }
}
