import FoundationEssentials
import HTTPTypes

/// What every call of `/api/v2/…` passes: authentication, rate limit, route, scope, role. In this order, so that a
/// caller without a valid token learns nothing about routes, and one with too small a token nothing about roles.
extension Organization {
    mutating func answerAPI(
        _ request: EmulatedRequest, at host: String, domain: String, moment: Moment
    ) -> Answer {
        guard let parts = Self.parts(request.path), let query = request.query else { return APIErrors.invalidEndpoint }
        let isHelpCenter = parts.first == "help_center"
        let limit = switches.rateLimit ?? switches.plan.requestsAMinute
        let others = switches.callsOfOthers
        let reading =
            isHelpCenter
            ? helpCenterRate.take(limit: limit, at: moment.now) : supportRate.take(limit: limit, at: moment.now)
        let origin = "\(request.scheme)://\(subdomain).\(domain)\(request.portSuffix)"
        let answer =
            reading.isExceeded
            ? APIErrors.tooManyRequests(resetsIn: reading.resetsIn)
            : dispatch(request, parts: parts, query: query, origin: origin, host: host, now: moment.now)
        return switches.showsRateLimit ? answer.withRate(reading, others: others) : answer
    }

    /// The parts after `/api/v2`, without the optional suffix.
    private static func parts(_ path: String) -> [String]? {
        guard path.hasPrefix("/api/v2/") else { return nil }
        let rest = path.dropFirst("/api/v2/".count)
        let trimmed = rest.hasSuffix(".json") ? rest.dropLast(5) : rest
        return trimmed.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    }

    private mutating func dispatch(
        _ request: EmulatedRequest, parts: [String], query: Parameters, origin: String, host: String, now: Date
    ) -> Answer {
        let caller: Caller
        switch authenticate(request, now: now) {
        case .known(let known): caller = known
        case .refused(let answer): return answer
        }
        let path = parts.joined(separator: "/")
        guard let (route, identifiers) = Self.route(request.method, parts), !isMissing(path) else {
            return caller.person == nil ? APIErrors.unauthenticated : APIErrors.invalidEndpoint
        }
        if let refusal = refusal(route, caller: caller, host: host) { return refusal }
        let call = APICall(
            caller: caller, identifiers: identifiers, query: query, path: path, origin: origin, now: now)
        return route.endpoint(&self, call).warning(about: query, allowed: route.parameters)
    }

    private enum Authentication {
        case known(Caller)
        case refused(Answer)
    }

    private mutating func authenticate(_ request: EmulatedRequest, now: Date) -> Authentication {
        guard let credentials = request.headers[.authorization] else { return .known(.anonymous) }
        let parts = credentials.split(separator: " ", maxSplits: 1).map(String.init)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else {
            // A wrong password on `users/me` is answered as nobody; everything else needs somebody anyway.
            return .known(.anonymous)
        }
        guard let token = tokens.live(accessToken: parts[1], at: now), let person = person(token.userID),
            person.isActive
        else { return .refused(APIErrors.invalidToken) }
        if person.isSuspended, switches.suspendedPerson != .visible {
            return .refused(switches.suspendedPerson == .forbidden ? APIErrors.forbidden : APIErrors.invalidToken)
        }
        tokens.markUsed(token.id, at: now)
        return .known(.member(person, token))
    }

    private static func route(_ method: String, _ parts: [String]) -> (APIRoute, [Int64])? {
        for route in APIRoute.all where route.method == method || (method == "HEAD" && route.method == "GET") {
            if let identifiers = route.match(parts) { return (route, identifiers) }
        }
        return nil
    }

    private func isMissing(_ path: String) -> Bool {
        switches.missingEndpoints.contains { wanted in
            wanted.hasSuffix("*") ? path.hasPrefix(wanted.dropLast()) : path == wanted
        }
    }

    private func refusal(_ route: APIRoute, caller: Caller, host: String) -> Answer? {
        if route.access == .anyone { return nil }
        guard case .member(let person, let token) = caller else { return APIErrors.unauthenticated }
        if !route.scopes.isEmpty, !Scopes.cover(token.scopes, anyOf: route.scopes) {
            return APIErrors.missingScopes(route.scopes)
        }
        if route.isHelpCenter, !hasHelpCenter(at: host) { return APIErrors.noHelpCenter }
        return isAllowed(person, route.access) ? nil : APIErrors.forbidden
    }

    private func isAllowed(_ person: Person, _ access: APIRoute.Access) -> Bool {
        switch access {
        case .anyone, .member: true
        case .agent: person.role != .endUser
        case .admin: person.role == .admin
        case .guideManager: person.guideRole == .admin
        }
    }

    private func hasHelpCenter(at host: String) -> Bool {
        guard switches.helpCenter != .absent else { return false }
        return brands.first { $0.subdomain == host }?.hasHelpCenter ?? true
    }
}

extension Answer {
    fileprivate func withRate(_ reading: RateWindow.Reading, others: Int) -> Answer {
        let limit = String(reading.limit)
        let remaining = String(max(0, reading.remaining - others))
        return with(.init("x-rate-limit"), limit).with(.init("x-rate-limit-remaining"), remaining)
            .with(.init("ratelimit-limit"), limit).with(.init("ratelimit-remaining"), remaining)
            .with(.init("ratelimit-reset"), String(reading.resetsIn))
            .with(.init("x-zendesk-api-version"), "v2").with(.init("x-zendesk-api-gateway"), "yes")
            .with(.cacheControl, "max-age=0, private, must-revalidate")
    }

    /// Unknown parameters are ignored with a header that names them.
    fileprivate func warning(about query: Parameters, allowed: Set<String>) -> Answer {
        let unknown = query.pairs.map(\.name).filter { !allowed.contains($0) }
        guard !unknown.isEmpty, status < 300 else { return self }
        let names = unknown.map { JSONValue.string($0).rendered }.joined(separator: ", ")
        return with(
            .init("x-zendesk-api-warn"), "Removed restricted keys [\(names)] from parameters according to whitelist")
    }
}
