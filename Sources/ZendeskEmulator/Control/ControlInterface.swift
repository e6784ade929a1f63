/// The control interface: JSON in, JSON out, on a listener of its own that only loopback reaches. It is no part of the
/// public world; no route of the one is known to the other.
package struct ControlInterface: Sendable {
    private let world: EmulatorWorld

    package init(_ world: EmulatorWorld) {
        self.world = world
    }

    package func answer(_ request: EmulatedRequest) -> Answer {
        // A page in a browser may send requests to loopback. It cannot set this type without asking first, and nobody
        // here answers such a question.
        guard request.method != "POST" || request.contentType == "application/json" else {
            return Self.refuse("send application/json", status: 415)
        }
        guard ["127.0.0.1", "localhost"].contains(request.host) else {
            return Self.refuse("only loopback names reach this interface", status: 421)
        }
        do throws(ControlRefusal) {
            return try route(request)
        } catch {
            return Self.refuse(error.reason, status: 422)
        }
    }

    private func route(_ request: EmulatedRequest) throws(ControlRefusal) -> Answer {
        let parts = request.path.split(separator: "/").map(String.init)
        switch (request.method, parts.first ?? "", parts.count) {
        case ("GET", "state", 1): return .json(ControlReport(world).state)
        case ("GET", "faults", 1): return .json(.array(world.read(\.faults).map(\.json)))
        case ("POST", "faults", 1): world.queue(try Fault(try body(request)))
        case ("DELETE", "faults", 1): world.clearFaults()
        case ("POST", "reset", 1): world.reset()
        case ("DELETE", "log", 1): world.clearLog()
        case ("POST", "clock", 1): return try shiftClock(try body(request))
        case ("POST", "revoke", 1): return try revoke(try body(request))
        case ("POST", "organizations", 1): return try found(try body(request))
        case ("POST", "organizations", 2): return try patch(parts[1], try body(request))
        case ("POST", "clients", 3) where parts[2] == "secret": return try rotate(parts[1], try body(request))
        case ("POST", "test-only", 2): return try testOnly(parts[1], try body(request))
        default: return Self.refuse("no such control", status: 404)
        }
        return .json(["done": true])
    }

    private func shiftClock(_ json: JSONValue) throws(ControlRefusal) -> Answer {
        guard let seconds = json["shift_seconds"]?.whole else {
            throw ControlRefusal("shift_seconds is a whole number")
        }
        world.shiftClock(by: Double(seconds))
        return .json(["now": .time(world.now)])
    }

    private func revoke(_ json: JSONValue) throws(ControlRefusal) -> Answer {
        guard let subdomain = json["organization"]?.text, world.organization(subdomain) != nil else {
            throw ControlRefusal("organization is unknown")
        }
        world.revoke(
            subdomain, id: json["id"]?.whole, userID: json["user_id"]?.whole, client: json["client_id"]?.text)
        return .json(["live_tokens": .integer(Int64(world.liveTokens(subdomain).count))])
    }

    private func patch(_ subdomain: String, _ json: JSONValue) throws(ControlRefusal) -> Answer {
        let patch = try OrganizationPatch(json)
        var refusal: ControlRefusal?
        let isKnown = world.update(subdomain) { organization in
            do throws(ControlRefusal) { try patch.apply(to: &organization) } catch { refusal = error }
        }
        guard isKnown else { throw ControlRefusal("organization is unknown") }
        if let refusal { throw refusal }
        return .json(ControlReport(world).organization(subdomain))
    }

    private func found(_ json: JSONValue) throws(ControlRefusal) -> Answer {
        let names = json["names"]?.elements?.compactMap(\.text) ?? []
        guard (1...10_000).contains(names.count) else { throw ControlRefusal("names is a list of 1 to 10000 texts") }
        world.found(names)
        return .json(["organizations": .integer(Int64(world.read { $0.organizations.count }))])
    }

    private func rotate(_ client: String, _ json: JSONValue) throws(ControlRefusal) -> Answer {
        let secret = json["secret"]?.text ?? RandomSource.system.hex(32)
        guard world.rotateSecret(of: client, to: secret) else { throw ControlRefusal("no such confidential client") }
        return .json(["secret": .string(secret)])
    }

    /// Calls that hand out secrets, which nothing else here does.
    private func testOnly(_ name: String, _ json: JSONValue) throws(ControlRefusal) -> Answer {
        guard let subdomain = json["organization"]?.text else { throw ControlRefusal("organization is missing") }
        switch name {
        case "approve":
            guard let url = json["url"]?.text, let back = world.approve(url, as: json["email"]?.text) else {
                throw ControlRefusal("the authorization request is refused, or nobody has this address")
            }
            return .json(["location": .string(back)])
        case "tokens": return .json(.array(world.liveTokens(subdomain).map(ControlReport.secret)))
        case "grants":
            let record = world.grant(
                subdomain, email: json["email"]?.text, client: json["client_id"]?.text ?? "",
                scopes: json["scopes"]?.elements?.compactMap(\.text) ?? ["read"],
                expiresIn: json["expires_in"]?.whole ?? 1_800)
            guard let record else { throw ControlRefusal("organization, person or client is unknown") }
            return .json(ControlReport.secret(record))
        default: throw ControlRefusal("no such test-only call")
        }
    }

    private func body(_ request: EmulatedRequest) throws(ControlRefusal) -> JSONValue {
        do throws(JSONReader.Refusal) {
            return try JSONReader.read(request.body)
        } catch {
            throw ControlRefusal("the body is not JSON")
        }
    }

    private static func refuse(_ reason: String, status: Int) -> Answer {
        .json(["error": .string(reason)], status: status)
    }
}
