import FoundationEssentials
package import GatewayCore
package import HTTPTypes
package import Storage
import Zendesk

/// Carries a program's call to the organization with the connection's token, so that the program need not hold one.
///
/// The host comes from the record and from nowhere else. Each call is in the log before it leaves. Zendesk's answer comes
/// back as it is, save for header fields that are nobody's business.
package struct ProxiedCalls: Sendable {
    /// Zendesk takes attachments up to this size.
    package static let maximumBodyBytes = 50 * 1024 * 1024
    /// Up to here a body is held, so that the call can be repeated with a newer token.
    package static let repeatableBodyBytes = 256 * 1024
    private static let errorBodyBytes = 64 * 1024

    let store: any GatewayStore
    let renewal: any TokenRenewal
    let transport: any StreamingTransport
    /// For the question whether a token lives, where an answer does not say it.
    let probing: any HTTPTransport
    let policy: HostPolicy
    let clock: any WallClock
    let slots: ProxySlots
    let refusals: RefusalLog

    package init(
        store: any GatewayStore, renewal: any TokenRenewal, transport: any StreamingTransport,
        probing: any HTTPTransport, policy: HostPolicy, clock: any WallClock, slots: ProxySlots = ProxySlots()
    ) {
        self.store = store
        self.renewal = renewal
        self.transport = transport
        self.probing = probing
        self.policy = policy
        self.clock = clock
        self.slots = slots
        refusals = RefusalLog(store: store)
    }

    package struct Call: Sendable {
        package let method: HTTPRequest.Method
        package let path: ProxyPath
        package let headerFields: HTTPFields
        package let body: OutgoingBody

        package init(method: HTTPRequest.Method, path: ProxyPath, headerFields: HTTPFields, body: OutgoingBody) {
            self.method = method
            self.path = path
            self.headerFields = headerFields
            self.body = body
        }

        var changesNothing: Bool { method == .get || method == .head }
    }

    /// Before anything of the call's body is read. `path` is nil where it could not be made sense of: whether the connection
    /// may act at all does not depend on it.
    package func permit(
        _ method: HTTPRequest.Method, _ path: ProxyPath?, over connection: Connection, actor: AuditActor
    ) async throws {
        guard method != .get, method != .head else { return }
        let refusal: ProxyRefusal? =
            connection.permissionLevel != .readAndAct
            ? .levelInsufficient : path?.isAboutGrants == true ? .grantsAreOurs : nil
        guard let refusal else { return }
        try await store.append([
            event(method, path, connection, actor, outcome: .refused(code: refusal.explanation.code))
        ])
        throw refusal
    }

    package func run(_ call: Call, over connection: Connection, actor: AuditActor) async throws -> StreamedResponse {
        try await permit(call.method, call.path, over: connection, actor: actor)
        let slot = try slots.take(connection.id)
        let live = try await liveToken(for: call, over: connection, actor: actor)
        try await store.append([event(call.method, call.path, live.connection, actor)])
        let first = try await answer(to: call, with: live)
        let final = try await afterRejection(first, of: live, call) ?? first
        return StreamedResponse(
            status: final.status,
            headerFields: ProxyHeaders.incoming(final.headerFields, from: try organization(live)),
            body: final.body.holding(slot))
    }

    /// Without its path a refusal is the same for every call, and stands in the log once a minute.
    private func liveToken(
        for call: Call, over connection: Connection, actor: AuditActor
    ) async throws -> LiveToken {
        do {
            return try await renewal.liveToken(for: connection.id)
        } catch let refusal as TokenRefusal {
            try await refusals.record(event(call.method, nil, connection, actor, outcome: refusal.outcome))
            throw refusal
        }
    }

    /// Nil unless the token was refused as dead or is not the present one any more, a newer one could be had, and the call can
    /// be repeated. Once: what the newer token gets is the answer, whatever it is (RT-27).
    private func afterRejection(
        _ response: StreamedResponse, of live: LiveToken, _ call: Call
    ) async throws -> StreamedResponse? {
        guard response.status == .unauthorized else { return nil }
        // No refusal is that long; what is cannot be held, and its announced length would be a lie.
        guard let body = try await response.body.collect(upTo: Self.errorBodyBytes) else {
            throw ProxyRefusal.answerLost(.responseTooLarge)
        }
        let kept = StreamedResponse(
            status: response.status, headerFields: response.headerFields, body: IncomingBody(body))
        guard await mayBeCured(response.headerFields, body, of: live, call),
            // Also for a body that passed through and is gone: the caller's own second try then finds a token that lives.
            let newer = try? await renewal.replacement(for: live), call.body.canBeRepeated
        else { return kept }
        return try await answer(to: call, with: newer)
    }

    /// Whether another token may get another answer.
    private func mayBeCured(_ fields: HTTPFields, _ body: [UInt8], of live: LiveToken, _ call: Call) async -> Bool {
        if let now = try? await store.connection(live.connection.id), now.generation > live.generation { return true }
        if RejectedToken.isNamed(by: fields, body) { return true }
        // The reason of a refusal stands in its body: the answer to HEAD has none, and nobody here unpacks a coded one.
        guard call.method == .head || RejectedToken.isCoded(fields) else { return false }
        switch await probe(live) {
        case .dead, .expired: return true
        case .alive, .unanswered: return false
        }
    }

    private func probe(_ live: LiveToken) async -> ProbeFinding {
        guard let organization = try? organization(live) else { return .unanswered }
        let client = ZendeskClient(organization: organization, transport: probing, accessToken: live.token)
        return await TokenProbe(client: client, expiresAt: live.expiresAt, now: clock.now).find()
    }

    private func answer(to call: Call, with live: LiveToken) async throws -> StreamedResponse {
        do throws(TransportFailure) {
            return try await transport.open(
                StreamedRequest(
                    call.method, call.path.text, at: try organization(live),
                    headerFields: ProxyHeaders.outgoing(call.headerFields, token: live.token), body: call.body,
                    limits: .proxy))
        } catch {
            throw error.mayHaveArrived ? ProxyRefusal.answerLost(error) : ProxyRefusal.unreachable(error)
        }
    }

    private func organization(_ live: LiveToken) throws(TransportFailure) -> OrganizationURL {
        do {
            return try OrganizationURL(subdomain: live.connection.subdomain, policy: policy)
        } catch {
            throw .addressRefused
        }
    }

    private func event(
        _ method: HTTPRequest.Method, _ path: ProxyPath?, _ connection: Connection, _ actor: AuditActor,
        outcome: AuditOutcome = .succeeded
    ) -> AuditEvent {
        AuditEvent(
            at: clock.now, actor: actor, action: .callProxied, outcome: outcome, tenant: connection.tenant,
            connection: connection.id, subject: "\(method.rawValue) \(path?.logged ?? "*")",
            generation: connection.generation)
    }
}

/// Whether a 401 says that the token is dead, the only kind that another token may cure.
enum RejectedToken {
    static func isNamed(by fields: HTTPFields, _ body: [UInt8]) -> Bool {
        if fields[values: .wwwAuthenticate].contains(where: { $0.contains("invalid_token") }) { return true }
        let json = try? StrictJSON.read(body, maximumBytes: 64 * 1024)
        return json?["error"]?.string == "invalid_token"
    }

    static func isCoded(_ fields: HTTPFields) -> Bool {
        fields[.contentEncoding].map { $0.lowercased() != "identity" } ?? false
    }
}
