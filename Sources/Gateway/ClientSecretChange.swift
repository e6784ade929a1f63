import FoundationEssentials
package import GatewayCore
import OAuth
package import Storage
import Zendesk

/// Tries a new file of client secrets at connected organizations before anything depends on it (KEY-18 to KEY-20).
package struct ClientSecretChange: Sendable {
    /// What one harmless question told.
    package enum Verdict: Sendable, Equatable {
        case accepted
        case refused
        /// Nobody there to ask, or an answer that says nothing about the client.
        case unknown(code: String)
    }

    /// What became of a file that was read.
    package enum Outcome: Sendable, Equatable {
        case activated
        /// Activated with the former secret behind it, because nobody could be asked.
        case activatedUnverified(code: String)
        /// The former secrets stay in use.
        case refused
        case unchanged(Verdict)
    }

    /// A silent organization is no reason to know nothing; more than these and Zendesk is down. Nor is one that alone does not
    /// know our client; more than these and it is the secret.
    private static let organizationsAsked = 3

    let store: any GatewayStore
    let transport: any HTTPTransport
    let zendesk: ZendeskSettings
    let watch: ClientSecretWatch
    let clock: any WallClock
    let random: any RandomSource

    package init(
        store: any GatewayStore, transport: any HTTPTransport, zendesk: ZendeskSettings, watch: ClientSecretWatch,
        clock: any WallClock, random: any RandomSource
    ) {
        self.store = store
        self.transport = transport
        self.zendesk = zendesk
        self.watch = watch
        self.clock = clock
        self.random = random
    }

    /// Decides about `candidate` and hands what is to be used from now on to `activate`.
    package func take(
        _ candidate: [Secret], actor: AuditActor, activate: ([Secret]) -> Void
    ) async throws -> Outcome {
        let former = zendesk.secrets()
        let verdict = try await probe(candidate.first)
        try await record(.clientSecretProbed, verdict.audited, actor)
        guard !Self.isSame(candidate, former) else {
            watch.noteFile(isUnverified: verdict != .accepted && watch.state.isUnverified, isRefused: false)
            return .unchanged(verdict)
        }
        switch verdict {
        case .refused:
            watch.noteFile(isUnverified: watch.state.isUnverified, isRefused: true)
            return .refused
        case .accepted:
            activate(candidate)
            watch.noteFile(isUnverified: false, isRefused: false)
            try await record(.clientSecretChanged, .succeeded, actor)
            return .activated
        case .unknown(let code):
            // Should the new one be mistyped, the former one still stands behind it.
            let kept = former.first.map { old in candidate.contains { $0.equalsInConstantTime(old) } ? [] : [old] }
            activate(Array(candidate.prefix(1)) + (kept ?? []) + candidate.dropFirst())
            watch.noteFile(isUnverified: true, isRefused: false)
            try await record(.clientSecretChanged, .failed(code: "client_secret.unverified"), actor)
            return .activatedUnverified(code: code)
        }
    }

    /// A refresh token that nobody ever had: whoever refuses it with `invalid_grant` accepted the client first. No grant is
    /// touched. One organization that has thrown our client out says nothing about the secret: whoever accepts it wins, and it
    /// counts as refused when all who speak of the client refuse it.
    package func probe(_ secret: Secret?) async throws -> Verdict {
        guard let secret else { return .unknown(code: "no_secret") }
        var verdict = Verdict.unknown(code: "no_connection")
        for organization in try await organizations() {
            let endpoint = ZendeskOAuth.tokenEndpoint(
                of: organization, transport: transport,
                client: ClientCredentials(clientID: zendesk.clientID, secrets: [secret]),
                lifetimes: zendesk.lifetimes)
            let outcome = await endpoint.refresh(
                Secret("latchkey-probe-" + Base64URL.encode(random.bytes(24))), until: .now + .seconds(10))
            switch outcome.isClientAccepted {
            case true: return .accepted
            case false: verdict = .refused
            case nil:
                if verdict != .refused, case .failed(let failure) = outcome { verdict = .unknown(code: failure.code) }
            }
        }
        return verdict
    }

    /// Connected ones, each once.
    private func organizations() async throws -> [OrganizationURL] {
        var found: [String] = []
        for status in [ConnectionStatus.active, .inDoubt, .needsReauthorization] {
            let page = try await store.connections(matching: ConnectionQuery(status: status, pageSize: 10))
            for connection in page.connections where !found.contains(connection.subdomain) {
                found.append(connection.subdomain)
            }
        }
        return found.prefix(Self.organizationsAsked).compactMap {
            try? OrganizationURL(subdomain: $0, policy: zendesk.policy)
        }
    }

    private static func isSame(_ one: [Secret], _ other: [Secret]) -> Bool {
        one.count == other.count && zip(one, other).allSatisfy { $0.equalsInConstantTime($1) }
    }

    private func record(_ action: AuditAction, _ outcome: AuditOutcome, _ actor: AuditActor) async throws {
        try await store.append([
            AuditEvent(at: clock.now, actor: actor, action: action, outcome: outcome, subject: zendesk.clientID)
        ])
    }
}

extension ClientSecretChange.Verdict {
    fileprivate var audited: AuditOutcome {
        switch self {
        case .accepted: .succeeded
        case .refused: .refused(code: "client_secret.refused")
        case .unknown(let code): .failed(code: "client_secret.unknown.\(code)")
        }
    }
}
