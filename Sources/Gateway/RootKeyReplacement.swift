import FoundationEssentials
package import GatewayCore
package import Storage
package import TokenVault

/// Puts another root key in the place of the one in use, or moves it to another place, beside running services.
///
/// The new key lies durable in its place before anything is wrapped with it; then one transaction wraps every data key and
/// audit key anew; then the new key takes the old one's name. Killed at any point, the next start finds the one of the two
/// that opens the database (KEY-21). Records stay as they are.
package struct RootKeyReplacement: Sendable {
    /// Somebody may make a data key between look and write; not this often.
    private static let attempts = 5

    let store: any GatewayStore
    let keyring: LiveKeyring
    let source: RootKeySource
    /// The file that two replacements at once would both lock.
    let lockPath: String
    let clock: any WallClock
    let reached: @Sendable (RootKeyStep) -> Void

    package init(
        store: any GatewayStore, keyring: LiveKeyring, source: RootKeySource, lockPath: String, clock: any WallClock,
        reached: @escaping @Sendable (RootKeyStep) -> Void = { _ in }
    ) {
        self.store = store
        self.keyring = keyring
        self.source = source
        self.lockPath = lockPath
        self.clock = clock
        self.reached = reached
    }

    /// Returns once nothing needs the former key any more. `target` nil keeps the place.
    package func run(
        to target: RootKeySource? = nil, reason: ChangeReason? = nil, actor: AuditActor
    ) async throws -> RootKeyReplaced {
        guard let lock = try RootKeyLock(at: lockPath) else { throw RootKeyReplacementRefusal.heldElsewhere }
        defer { withExtendedLifetime(lock) {} }
        let target = target == source ? nil : target
        let former = try await keyInUse()
        if let target { try refuseOccupied(target) }
        let new = try (target ?? source).prepare(reached: reached)
        let replaced = try await commit(former, new, target: target, reason, actor)
        keyring.replaceRootKey(new)
        reached(.committed)
        try finish(former, new, target: target)
        try await keyring.catchUp()
        return replaced
    }

    /// Looked for again under the lock: another process may have replaced it since this one started, or died over it.
    private func keyInUse() async throws -> RootKey {
        // An earlier attempt's commit that failed at its sync comes back with a restart, unless a later one lies over it.
        try await store.checkHealth()
        let candidates = try source.candidates()
        guard let wanted = try await store.rootKeyInUse() else { throw RootKeyReplacementRefusal.nothingWrapped }
        guard let found = candidates.first(where: { $0.checkValue == wanted.checkValue }) else {
            throw RootKeyMismatch(candidates[0], wanted, source)
        }
        try source.tidy(inUse: wanted.checkValue, former: wanted.former)
        return found
    }

    /// A place that the key is moved to must be empty, but for what an interrupted move left there.
    private func refuseOccupied(_ target: RootKeySource) throws {
        if let path = target.path {
            guard !FileManager.default.fileExists(atPath: path) else { throw RootKeyFileRefusal.alreadyExists }
            try target.clearNext()
        } else {
            do {
                _ = try target.candidates()
                throw RootKeyTokenRefusal.keyExists
            } catch RootKeyTokenRefusal.keyMissing {
                // The only answer that means free: what cannot be used is there all the same.
            }
        }
    }

    private func commit(
        _ former: RootKey, _ new: RootKey, target: RootKeySource?, _ reason: ChangeReason?, _ actor: AuditActor
    ) async throws -> RootKeyReplaced {
        do {
            for _ in 1..<Self.attempts {
                do {
                    return try await rewrap(former, new, target: target, reason, actor)
                } catch StorageError.conflict {
                    continue
                }
            }
            return try await rewrap(former, new, target: target, reason, actor)
        } catch {
            await giveUp(new, instead: former, target: target, reason, actor)
            throw error
        }
    }

    /// Whether the store took it is its word, not the error's: an answer can be lost behind a commit, and a commit that failed
    /// at its sync can come back with the next start. Once a later one is durable there is no doubt any more; until then the
    /// new key stays where it lies, for it may be the only one that opens the database (KEY-21).
    private func giveUp(
        _ new: RootKey, instead former: RootKey, target: RootKeySource?, _ reason: ChangeReason?, _ actor: AuditActor
    ) async {
        let subject = "\(former.fingerprint) \(new.fingerprint); \((target ?? source).name)"
        do {
            try await store.append([
                AuditEvent(
                    at: clock.now, actor: actor, action: .rootKeyReplaced,
                    outcome: .failed(code: "root_key.not_replaced"),
                    subject: reason.behind(subject))
            ])
            guard try await store.rootKeyInUse()?.checkValue == former.checkValue else { return }
            try (target ?? source).discard(new)
        } catch {
            // The next replacement clears it away, or the next start finds that it is needed.
        }
    }

    private func rewrap(
        _ former: RootKey, _ new: RootKey, target: RootKeySource?, _ reason: ChangeReason?, _ actor: AuditActor
    ) async throws -> RootKeyReplaced {
        let start = ContinuousClock.now
        let dataKeys = try await store.dataKeys().filter { !$0.wrapped.isEmpty }
        let auditKeys = try await store.auditKeys().filter { !$0.wrapped.isEmpty }
        let place = (target ?? source).name
        let change = RootKeyChange(
            former: former.checkValue, new: new.checkValue, place: place,
            formerPlace: target == nil ? nil : source.path ?? source.name, at: clock.now,
            dataKeys: try dataKeys.map { key in
                let wrapped = try Keyring.rewrap(try KeyringLoader.wrapped(key), from: former, to: new)
                return Rewrapped(former: key, new: KeyringLoader.stored(wrapped))
            },
            auditKeys: try auditKeys.map { Rewrapped(former: $0, new: try $0.rewrapped(from: former, to: new)) })
        reached(.rewrapped)
        let subject =
            "\(former.fingerprint) \(new.fingerprint) data_keys=\(dataKeys.count) audit_keys=\(auditKeys.count); \(place)"
        try await store.replaceRootKey(
            change,
            audit: AuditEvent(
                at: clock.now, actor: actor, action: .rootKeyReplaced, subject: reason.behind(subject)))
        return RootKeyReplaced(
            former: former.fingerprint, new: new.fingerprint, place: place, isMoved: target != nil,
            dataKeys: dataKeys.count, auditKeys: auditKeys.count, duration: ContinuousClock.now - start)
    }

    private func finish(_ former: RootKey, _ new: RootKey, target: RootKeySource?) throws {
        try (target ?? source).settle(on: new.checkValue, former: former.checkValue, reached: reached)
        guard target != nil else { return }
        try source.remove(former.checkValue)
        reached(.formerRemoved)
    }
}

/// What a replacement did.
package struct RootKeyReplaced: Sendable, Equatable {
    package let former: String
    package let new: String
    package let place: String
    package let isMoved: Bool
    package let dataKeys: Int
    package let auditKeys: Int
    /// Reading, wrapping and the one transaction.
    package let duration: Duration
}

package enum RootKeyReplacementRefusal: Explained, Equatable {
    case heldElsewhere
    case nothingWrapped

    package var explanation: Explanation {
        switch self {
        case .heldElsewhere:
            Explanation(
                code: "root_key.held_elsewhere", message: "Another process is replacing the root key at this moment.",
                remedy: "Wait until it has ended, then look at the audit log whether there is anything left to do.")
        case .nothingWrapped:
            Explanation(
                code: "root_key.nothing_wrapped", message: "Nothing is wrapped by the root key yet.",
                remedy: "Start the gateway once; it makes the first data key.")
        }
    }
}
