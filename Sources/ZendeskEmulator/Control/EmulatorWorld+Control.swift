package import FoundationEssentials

/// What the control interface offers, for tests in the same process.
extension EmulatorWorld {
    package func queue(_ fault: Fault) {
        change { $0.faults.append(fault) }
    }

    package func clearFaults() {
        change { $0.faults.removeAll() }
    }

    /// Moves the world's time; everything that expires looks at it.
    package func shiftClock(by seconds: TimeInterval) {
        change { $0.shift += seconds }
    }

    /// Nil when there is no such organization.
    package func organization(_ subdomain: String) -> Organization? {
        read { $0.organizations[subdomain] }
    }

    /// False when there is no such organization.
    @discardableResult
    package func update(_ subdomain: String, _ body: (inout Organization) -> Void) -> Bool {
        change { state in
            guard var organization = state.organizations.removeValue(forKey: subdomain) else { return false }
            body(&organization)
            state.organizations[subdomain] = organization
            return true
        }
    }

    package func add(_ client: EmulatorClient) {
        change { $0.clients[client.identifier] = client }
    }

    /// Every token pair that lives now in one organization, texts included: for tests that look for leaks.
    package func liveTokens(_ subdomain: String) -> [TokenRecord] {
        let now = now
        return (organization(subdomain)?.tokens.records.values.filter { $0.isLive(at: now) } ?? [])
            .sorted { $0.id < $1.id }
    }

    /// The sum over all organizations since the last reset.
    package var counters: TokenCounters {
        read(\.counters)
    }

    package var doubleUses: Int {
        counters.doubleUses
    }

    package var log: [RequestLogEntry] {
        read(\.log.entries)
    }

    package func clearLog() {
        change { $0.log = RequestLog() }
    }

    /// The old secret is dead at once: no overlap exists. False when there is no such client.
    @discardableResult
    package func rotateSecret(of client: String, to secret: String) -> Bool {
        change { state in
            guard state.clients[client]?.kind == .confidential else { return false }
            state.clients[client]?.secret = secret
            return true
        }
    }

    /// Kills tokens as an admin of that organization would: one record, a person's, a client's, or all.
    package func revoke(_ subdomain: String, id: Int64? = nil, userID: Int64? = nil, client: String? = nil) {
        update(subdomain) { organization in
            if let id {
                organization.tokens.revoke(id: id)
            } else {
                organization.tokens.revokeAll(of: userID, client: client)
            }
        }
    }

    /// A token pair without a browser: for checks of the REST API alone. Nil when organization, person or client is
    /// unknown.
    package func grant(
        _ subdomain: String, email: String? = nil, client identifier: String, scopes: [String],
        expiresIn: Int64 = 1_800
    ) -> TokenRecord? {
        guard let lifetimes = TokenLifetimes(asked: expiresIn, nil, default: nil) else { return nil }
        return change { state in
            let moment = self.moment(state)
            guard let client = state.clients[identifier],
                let person = state.organizations[subdomain]?.person(email: email),
                let style = state.organizations[subdomain]?.switches.tokenStyle
            else { return nil }
            let order = TokenOrder(
                client: client, userID: person.id, scopes: scopes, lifetimes: lifetimes, provedByKey: false)
            // In place: a copy of the organization takes along every token that it ever issued.
            return state.organizations[subdomain]?.tokens.issue(order, style: style, moment: moment)
        }
    }

    /// What a browser does when somebody signs in and presses Allow: the address the browser is sent back to. Nil when
    /// the authorization request is refused or nobody has this address.
    package func approve(_ authorizationURL: String, as email: String? = nil) -> String? {
        let halves = authorizationURL.split(separator: "?", maxSplits: 1)
        guard halves.count == 2, let query = Parameters(encoded: halves[1]) else { return nil }
        let authority = halves[0].split(separator: "/", maxSplits: 2)
        guard authority.count == 3 else { return nil }
        let host = authority[1].prefix { $0 != ":" }
        return change { state in
            let moment = self.moment(state)
            guard let subdomain = state.subdomain(ofHost: String(host)),
                var organization = state.organizations[subdomain],
                let person = organization.person(email: email),
                let asked = try? AuthorizationRequest(query, clients: state.clients, organization: organization)
            else { return nil }
            let code = organization.issueCode(asked, person: person, moment: moment)
            organization.recordSignIn(of: person, moment: moment)
            state.organizations[subdomain] = organization
            return asked.callback([("code", code)])
        }
    }
}
