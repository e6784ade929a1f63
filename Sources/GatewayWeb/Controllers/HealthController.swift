import FoundationEssentials
import Gateway
import GatewayCore
import Hummingbird
import Storage
import Synchronization

/// Liveness and readiness, for whoever watches the process.
final class HealthController: Sendable {
    /// Readiness costs a durable write; asking more often than this costs nothing.
    private static let freshness: TimeInterval = 1

    private let store: any GatewayStore
    private let auditLog: AuditLog
    private let keyDesk: KeyDesk
    private let clock: any WallClock
    private let last = Mutex<(at: Date, reason: String?)?>(nil)

    init(store: any GatewayStore, auditLog: AuditLog, keyDesk: KeyDesk, clock: any WallClock) {
        self.store = store
        self.auditLog = auditLog
        self.keyDesk = keyDesk
        self.clock = clock
    }

    /// `GET /healthz`
    func live(_ request: Request, _ context: GatewayContext) async throws -> Response {
        .plainText("ok\n")
    }

    /// `GET /readyz`
    func ready(_ request: Request, _ context: GatewayContext) async throws -> Response {
        let reason = await currentReason()
        return try .json(
            Readiness(ready: reason == nil, reasons: reason.map { [$0] } ?? [], warnings: warnings),
            status: reason == nil ? .ok : .serviceUnavailable)
    }

    private struct Readiness: Encodable {
        let ready: Bool
        let reasons: [String]
        let warnings: [String]
    }

    /// What keeps no request from being served and wants somebody all the same.
    private var warnings: [String] {
        guard keyDesk.isRootKeyBehind else { return [] }
        return [
            "root_key: The root key was replaced, and this process does not reach the new one. Restart it with the new place."
        ]
    }

    private func currentReason() async -> String? {
        let now = clock.now
        if let known = last.withLock({ $0 }), abs(now.timeIntervalSince(known.at)) < Self.freshness {
            return known.reason
        }
        let reason = await look()
        last.withLock { $0 = (now, reason) }
        return reason
    }

    private func look() async -> String? {
        do {
            try await store.checkHealth()
            return auditLog.standing.explanation.map { "audit: \($0.message)" }
        } catch let error as StorageError {
            return "database: \(error)"
        } catch {
            return "database"
        }
    }
}
