package import FoundationEssentials

/// Everything that exists, as one value.
package struct WorldState: Sendable {
    package var domain: String
    package var organizations: [String: Organization]
    package var clients: [String: EmulatorClient]
    package var faults: [Fault] = []
    package var log = RequestLog()
    package var shift: TimeInterval = 0

    /// The organization a host name belongs to: its own subdomain or a brand's.
    func organization(atHost subdomain: String) -> Organization? {
        organizations[subdomain] ?? organizations.values.first { $0.has(host: subdomain) }
    }

    /// `acme` for `acme.zendesk.localhost`; nil for any other domain or a deeper name.
    func subdomain(ofHost host: String) -> String? {
        guard host.hasSuffix("." + domain) else { return nil }
        let name = String(host.dropLast(domain.count + 1))
        return name.isEmpty || name.contains(".") ? nil : name
    }

    /// How long the organization at this host takes to answer, in milliseconds.
    package func latency(ofHost host: String) -> Int {
        subdomain(ofHost: host).flatMap { organization(atHost: $0) }?.switches.latencyMilliseconds ?? 0
    }

    package var counters: TokenCounters {
        organizations.values.reduce(TokenCounters()) { $0 + $1.tokens.counters }
    }

    mutating func answer(_ request: EmulatedRequest, moment: Moment) -> Answer {
        guard let subdomain = subdomain(ofHost: request.host) else {
            return .text("No such host here: organizations are at {subdomain}.\(domain).", status: 421)
        }
        if subdomain == "www" { return Pages.www(request.path) }
        guard var organization = organization(atHost: subdomain), organization.isServed(at: subdomain) else {
            return Absence.unknown(request, subdomain: subdomain, domain: domain)
        }
        guard organization.switches.account != .unpaid else {
            return Absence.closed(request, domain: domain)
        }
        guard !organization.blocks(request.remoteAddress) else {
            return Absence.blocked(organization.switches.blockedAnswer)
        }
        let clients = organization.switches.knowsClients ? clients : [:]
        // Taken out while it changes: a second owner would make every change copy all its tokens.
        organizations[organization.subdomain] = nil
        let answer = organization.answer(request, at: subdomain, domain: domain, clients: clients, moment: moment)
        organizations[organization.subdomain] = organization
        return answer
    }
}

extension Organization {
    /// All calls and pages fail from outside the ranges, whatever the authentication.
    fileprivate func blocks(_ address: String) -> Bool {
        switches.ipRestrictionEnabled && !IPRanges.contain(address, switches.ipRanges)
    }

    fileprivate mutating func answer(
        _ request: EmulatedRequest, at subdomain: String, domain: String, clients: [String: EmulatorClient],
        moment: Moment
    ) -> Answer {
        if request.path.hasPrefix("/api/") {
            return answerAPI(request, at: subdomain, domain: domain, moment: moment)
        }
        // Authorization lives on the account's own subdomain; what a brand's would do is not established.
        guard subdomain == self.subdomain else {
            return Absence.unknown(request, subdomain: subdomain, domain: domain)
        }
        return answerBrowserOrTokens(request, clients: clients, moment: moment)
    }

    private mutating func answerBrowserOrTokens(
        _ request: EmulatedRequest, clients: [String: EmulatorClient], moment: Moment
    ) -> Answer {
        switch (request.method == "HEAD" ? "GET" : request.method, request.path) {
        case ("POST", "/oauth/tokens"): answerTokenRequest(request, clients: clients, moment: moment)
        case ("GET", AuthorizationRequest.path):
            answerAuthorization(request, parameters: request.query ?? Parameters(), clients: clients)
        case ("POST", AuthorizationRequest.path):
            answerAuthorization(
                request, parameters: Parameters(encoded: String(decoding: request.body, as: UTF8.self)) ?? Parameters(),
                clients: clients)
        case ("POST", Self.decisionPath): answerDecision(request, clients: clients, moment: moment)
        case ("POST", Self.signInPath): answerSignIn(request, moment: moment)
        case ("GET", "/"): Pages.organization(self)
        default: Pages.plain("Not found", "The page you were looking for doesn't exist.", 404)
        }
    }
}
