package import FoundationEssentials
package import GatewayCore
package import Storage
import TokenVault

/// Ends a connection: takes its tokens away from everybody here, revokes its access token at Zendesk, looks whether it is
/// dead, and says what was done.
///
/// Local use stops first and in one transaction, which keeps the access token for the revocation alone; what Zendesk
/// answers, or that nobody answers, changes nothing about that, and a process that dies in between loses nothing.
package struct Disconnect: Sendable {
    /// The status reason of a connection whose token Zendesk did not confirm to be dead, and never will.
    package static let notVerified = "revocation.not_verified"
    /// Somebody may renew or reconnect while we read; more often than this is no accident.
    private static let patience = 5

    let store: any GatewayStore
    let revocations: RevocationQueue
    let clock: any WallClock

    package init(store: any GatewayStore, revocations: RevocationQueue, clock: any WallClock) {
        self.store = store
        self.revocations = revocations
        self.clock = clock
    }

    package func run(_ connection: Connection, actor: AuditActor) async throws -> DisconnectReceipt {
        for _ in 0..<Self.patience {
            do {
                return try await revocations.credentials.keeping { try await end(connection.id, actor: actor) }
            } catch StorageError.conflict {
                // Newer tokens came in between: those are the ones to take away and to revoke.
                continue
            }
        }
        throw StorageError.conflict
    }

    private func end(_ id: ConnectionID, actor: AuditActor) async throws -> DisconnectReceipt {
        guard let connection = try await store.connection(id), connection.status != .disconnected else {
            return try await receiptOfBefore(id)
        }
        let credential = try await store.credential(of: id)
        if let credential, credential.generation != connection.generation { throw StorageError.conflict }
        let revocation = try credential.flatMap { try pending($0, of: connection) }
        let at = clock.now
        let ended = AuditEvent(
            at: at, actor: actor, action: .connectionDisconnected, tenant: connection.tenant, connection: id,
            subject: connection.subdomain, generation: connection.generation)
        let index = try await store.eraseCredential(
            of: id, generation: connection.generation,
            reason: revocation == nil ? Self.notVerified : RevocationQueue.waiting, queueing: revocation, at: at,
            audit: [ended] + (revocation.map { [revocations.queued($0, actor: actor)] } ?? []))
        guard let index else { return try await receiptOfBefore(id) }
        guard let revocation else {
            return DisconnectReceipt(revoked: false, verifiedDead: false, isQueued: false, at: at, auditIndex: index)
        }
        // It is kept: whatever goes wrong from here on is tried again.
        let result = try? await revocations.attempt(revocation)
        let waiting = try? await store.pendingRevocations(of: id)
        return DisconnectReceipt(
            revoked: result?.revoked == true, verifiedDead: result?.verifiedDead == true,
            isQueued: waiting?.contains { $0.id == revocation.id } ?? true, at: at, auditIndex: index)
    }

    /// What only cannot be opened now must not be erased: it is what Zendesk has to be told.
    private func pending(
        _ credential: SealedCredential, of connection: Connection
    ) throws -> PendingRevocation? {
        do {
            return try revocations.pending(credential, of: connection)
        } catch let error as VaultError {
            if case .sealsSpent = error { throw error }
            throw DisconnectRefusal.notOpened(error.explanation)
        } catch let error as SealedRecordError {
            throw DisconnectRefusal.notOpened(error.explanation)
        }
    }

    private func receiptOfBefore(_ id: ConnectionID) async throws -> DisconnectReceipt {
        let connection = try await store.connection(id)
        let waits = try await !store.pendingRevocations(of: id).isEmpty
        return DisconnectReceipt(
            revoked: false, verifiedDead: connection != nil && connection?.statusReason == nil && !waits,
            isQueued: waits, at: clock.now, auditIndex: nil)
    }
}

/// What became of the tokens of an ended connection.
package struct DisconnectReceipt: Sendable, Equatable {
    /// Zendesk agreed to delete the token. Permission level Read may not delete tokens there.
    package let revoked: Bool
    /// Zendesk refused the token afterwards.
    package let verifiedDead: Bool
    /// The token waits for Zendesk: it is tried again until it is dead or has ended by itself.
    package let isQueued: Bool
    package let at: Date
    /// Nil when the connection had been ended before.
    package let auditIndex: Int64?
}

/// Why a connection could not be ended now.
package enum DisconnectRefusal: Explained, Equatable {
    /// Its tokens cannot be opened at the moment, for this reason.
    case notOpened(Explanation)

    package var explanation: Explanation {
        switch self {
        case .notOpened(let reason):
            Explanation(
                code: "connection.not_opened",
                message:
                    "The tokens cannot be opened now, so Zendesk cannot be asked to end them. Nothing was changed. "
                    + reason.message,
                remedy: reason.remedy)
        }
    }
}
