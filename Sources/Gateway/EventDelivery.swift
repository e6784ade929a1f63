package import FoundationEssentials
package import GatewayCore
import HTTPTypes
package import Storage
import Synchronization

/// Tells receivers what happened: reads the audit log behind each receiver's own place in it, posts, moves on.
///
/// At least once and in the log's order. A receiver that does not answer stops nobody else's events, because each has a
/// place of its own; after days it is given up, visibly, until somebody asks for a replay.
package final class EventDelivery: Sendable {
    /// The receiver from the settings, which hears of every tenant.
    package static let configuredName = "settings"
    /// How long a receiver may fail before it is given up.
    package static let patience: TimeInterval = 5 * 24 * 60 * 60
    private static let (firstDelay, longestDelay): (TimeInterval, TimeInterval) = (5, 60 * 60)
    private static let batch = 50
    /// The place in the log is written down at least this often, so that a start need not look through all of it.
    private static let looseEntries: Int64 = 10_000

    /// One receiver.
    package struct Receiver: Sendable {
        package let name: String
        let url: WebhookURL
        /// More than one while it is being changed; then each signs.
        let secrets: [WebhookSecret]
        /// Nil hears of every tenant.
        let tenant: TenantID?

        package init(name: String, url: WebhookURL, secrets: [WebhookSecret], tenant: TenantID?) {
            self.name = name
            self.url = url
            self.secrets = secrets
            self.tenant = tenant
        }
    }

    private struct Place {
        let cursor: Int64
        /// Looked through without an event.
        let seen: Int64
    }

    private let store: any GatewayStore
    private let credentials: CredentialVault
    private let transport: any WebhookTransport
    private let configured: Receiver?
    private let metrics: Metrics
    private let clock: any WallClock
    private let random: any RandomSource
    private let places = Mutex<[String: Place]>([:])
    private let busy = Mutex<Set<String>>([])

    package init(
        store: any GatewayStore, credentials: CredentialVault, transport: any WebhookTransport,
        configured: Receiver?, metrics: Metrics, clock: any WallClock, random: any RandomSource
    ) {
        self.store = store
        self.credentials = credentials
        self.transport = transport
        self.configured = configured
        self.metrics = metrics
        self.clock = clock
        self.random = random
    }

    package func receivers() async throws -> [Receiver] {
        let endpoints = try await store.webhookEndpoints().compactMap { endpoint -> Receiver? in
            guard let url = WebhookURL(endpoint.url), let opened = try? credentials.openWebhookSecret(of: endpoint),
                let secret = WebhookSecret(opened)
            else { return nil }
            return Receiver(name: endpoint.id.text, url: url, secrets: [secret], tenant: endpoint.tenant)
        }
        return [configured].compactMap { $0 } + endpoints
    }

    /// Everything that waits for this receiver, until it fails once. Returns at once where another task is at it.
    package func deliver(to receiver: Receiver) async throws {
        guard busy.withLock({ $0.insert(receiver.name).inserted }) else { return }
        defer { busy.withLock { _ = $0.remove(receiver.name) } }
        // A replay or another process may move the place; then what is next is looked up again.
        while try await deliverPassage(to: receiver), !Task.isCancelled {}
    }

    /// True when there may be more at once.
    private func deliverPassage(to receiver: Receiver) async throws -> Bool {
        guard var progress = try await progress(of: receiver), progress.disabledAt == nil,
            progress.nextAttemptAt.map({ $0 <= clock.now }) ?? true
        else { return false }
        let passage = try await store.auditEntries(
            after: start(of: progress), actions: EventType.actions, tenant: receiver.tenant, limit: Self.batch)
        for entry in passage.entries {
            guard let message = try await message(entry) else { continue }
            switch await post(message, to: receiver) {
            case .delivered:
                let isOurs = try await store.advanceWebhook(progress, to: entry.index, deliveredAt: clock.now)
                guard isOurs else { return true }
                progress = WebhookProgress(name: receiver.name, cursor: entry.index)
            case .failed(let fault):
                try await note(fault, receiver, progress)
                return false
            }
        }
        return try await finish(passage, progress)
    }

    /// The receiver from the settings gets its place when it is first told. A tenant's had one from the beginning; without it,
    /// it was removed, perhaps while we were at it, and no place may come back.
    private func progress(of receiver: Receiver) async throws -> WebhookProgress? {
        guard receiver.name == Self.configuredName else { return try await store.webhookProgress(of: receiver.name) }
        return try await store.webhookProgress(of: receiver.name, beginningAt: try await store.lastAuditIndex())
    }

    private func start(of progress: WebhookProgress) -> Int64 {
        guard let place = places.withLock({ $0[progress.name] }), place.cursor == progress.cursor else {
            return progress.cursor
        }
        return place.seen
    }

    private func finish(_ passage: AuditPassage, _ progress: WebhookProgress) async throws -> Bool {
        if passage.end - progress.cursor >= Self.looseEntries {
            _ = try await store.advanceWebhook(progress, to: passage.end, deliveredAt: nil)
        } else {
            let place = Place(cursor: progress.cursor, seen: max(passage.end, progress.cursor))
            places.withLock { $0[progress.name] = place }
        }
        return try await store.lastAuditIndex() > passage.end
    }

    private func message(_ entry: AuditEntry) async throws -> EventMessage? {
        guard let id = entry.event.connection else { return try EventMessage(entry, connection: nil) }
        return try EventMessage(entry, connection: try await store.connection(id))
    }

    private struct Fault {
        let code: String
        var retryAfter: TimeInterval?
        /// The receiver says that it is gone for good.
        var isFinal = false
    }

    private enum Answer {
        case delivered
        case failed(Fault)
    }

    private func post(_ message: EventMessage, to receiver: Receiver) async -> Answer {
        let answer: Answer
        do {
            let fields = headerFields(of: message, for: receiver)
            answer = Self.answer(try await transport.post(message.body, headerFields: fields, to: receiver.url))
        } catch {
            answer = .failed(Fault(code: "transport.\(error.rawValue)"))
        }
        let word = if case .delivered = answer { "delivered" } else { "failed" }
        metrics.count(
            "latchkey_webhook_deliveries_total", "Events posted to receivers, by outcome.", labels: ["outcome": word])
        return answer
    }

    private func headerFields(of message: EventMessage, for receiver: Receiver) -> HTTPFields {
        // The attempt's own time: a receiver refuses old ones, and the event's is in the body.
        let timestamp = Int64(clock.now.timeIntervalSince1970)
        var fields: HTTPFields = [.contentType: "application/json", .userAgent: "latchkey"]
        let signatures = receiver.secrets.map {
            $0.signature(of: message.body, id: message.id, timestamp: timestamp)
        }
        for (name, value) in [
            ("webhook-id", message.id), ("webhook-timestamp", String(timestamp)),
            ("webhook-signature", signatures.joined(separator: " ")),
        ] {
            if let name = HTTPField.Name(name) { fields[name] = value }
        }
        return fields
    }

    private static func answer(_ response: OutboundResponse) -> Answer {
        switch response.status.code {
        case 200..<300: .delivered
        case 410: .failed(Fault(code: "status.410", isFinal: true))
        case let code:
            .failed(
                Fault(
                    code: "status.\(code)",
                    retryAfter: response.headerFields[.retryAfter].flatMap { UInt32($0) }.map(TimeInterval.init)))
        }
    }

    private func note(_ fault: Fault, _ receiver: Receiver, _ progress: WebhookProgress) async throws {
        let now = clock.now
        let isGivenUp =
            fault.isFinal || progress.failingSince.map { now.timeIntervalSince($0) > Self.patience } ?? false
        let own = min(Self.firstDelay * TimeInterval(1 << min(progress.attempts, 16)), Self.longestDelay)
        let delay = max(own, min(fault.retryAfter ?? 0, Self.longestDelay))
        let disabling = AuditEvent(
            at: now, actor: .system, action: .webhookEndpointDisabled, outcome: .failed(code: fault.code),
            tenant: receiver.tenant, subject: receiver.name)
        _ = try await store.recordWebhookFailure(
            WebhookFailure(at: now, code: fault.code, nextAttemptAt: now.addingTimeInterval(delay + jitter(of: delay))),
            of: progress, disabling: isGivenUp ? disabling : nil)
    }

    /// Up to a tenth more, so that receivers that failed together are not asked together for ever.
    private func jitter(of delay: TimeInterval) -> TimeInterval {
        delay * TimeInterval(random.bytes(1)[0]) / 2560
    }
}
