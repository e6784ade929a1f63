import FoundationEssentials
import GatewayCore
import Storage

// The half that needs Zendesk: a new token set kills the old one, and what cannot be renewed is ended.

extension EmergencyRotation {
    /// Tries of what Zendesk puts off. What is left then is reported, and the next run goes on with it.
    private static let rounds = 4
    /// Between two rounds, unless Zendesk names a longer time; and the longest that is waited here.
    private static let (rest, longestRest) = (5, 120)

    func renewTokens(
        since begun: AuditEntry, _ actor: AuditActor, _ report: @escaping @Sendable (Progress) -> Void
    ) async throws -> Standing {
        var left = try await liveConnections()
        var standing = Standing(connections: left.count)
        report(.tokens(standing))
        for round in 1...Self.rounds where !left.isEmpty {
            let done = try await renewed(since: begun)
            let (settled, later) = await settle(left, standing, renewedBefore: done, actor, report)
            standing = settled
            left = later.map(\.connection)
            guard round == Self.rounds || left.isEmpty else {
                let longest = later.map(\.retryAfter).max() ?? 0
                try await pause(.seconds(min(max(longest, Self.rest), Self.longestRest)))
                continue
            }
            for postponed in later { standing.exposed[postponed.code, default: 0] += 1 }
        }
        standing.revocationsWaiting = try await store.pendingRevocationCount()
        report(.tokens(standing))
        return standing
    }

    /// Everything but what was disconnected: the token of a connection that needs a new sign-in may live all the same.
    private func liveConnections() async throws -> [Connection] {
        try await store.everyConnection { $0.status == .disconnected ? nil : $0 }
    }

    /// Sent for and brought since the begin. A renewal that was on its way by then may bring what was copied already.
    private func renewed(since begun: AuditEntry) async throws -> Set<ConnectionID> {
        var (sent, renewed): (Set<ConnectionID>, Set<ConnectionID>) = ([], [])
        for entry in try await entries(since: begun, [.refreshBegun, .refreshRepeated, .tokensRefreshed]) {
            guard let id = entry.event.connection, entry.event.outcome == .succeeded else { continue }
            if entry.event.action != .tokensRefreshed {
                sent.insert(id)
            } else if sent.contains(id) {
                renewed.insert(id)
            }
        }
        return renewed
    }

    fileprivate struct Postponed: Sendable {
        let connection: Connection
        let code: String
        let retryAfter: Int
    }

    fileprivate enum Outcome: Sendable {
        case renewed, renewedBefore, revoked
        case exposed(code: String)
        case postponed(Postponed)
    }

    /// One pass. Organizations side by side, each at most one call at a time, and none that has just put us off.
    private func settle(
        _ connections: [Connection], _ before: Standing, renewedBefore done: Set<ConnectionID>, _ actor: AuditActor,
        _ report: @escaping @Sendable (Progress) -> Void
    ) async -> (Standing, [Postponed]) {
        var (standing, later) = (before, [Postponed]())
        var organizations = Dictionary(grouping: connections, by: \.subdomain).values.makeIterator()
        await withTaskGroup(of: [Outcome].self) { group in
            for _ in 0..<atOnce {
                guard let next = organizations.next() else { break }
                group.addTask { await outcomes(of: next, renewedBefore: done, actor) }
            }
            for await outcomes in group {
                for outcome in outcomes {
                    if case .postponed(let postponed) = outcome { later.append(postponed) }
                    standing.count(outcome)
                    report(.tokens(standing))
                }
                if let next = organizations.next() {
                    group.addTask { await self.outcomes(of: next, renewedBefore: done, actor) }
                }
            }
        }
        return (standing, later)
    }

    private func outcomes(
        of connections: [Connection], renewedBefore done: Set<ConnectionID>, _ actor: AuditActor
    ) async -> [Outcome] {
        var outcomes: [Outcome] = []
        var refusal: Postponed?
        for connection in connections {
            if let refusal {
                outcomes.append(
                    .postponed(Postponed(connection: connection, code: refusal.code, retryAfter: refusal.retryAfter)))
                continue
            }
            let outcome: Outcome =
                await done.contains(connection.id) ? .renewedBefore : outcome(of: connection, actor)
            if case .postponed(let postponed) = outcome, Self.concernsOrganization(postponed.code) {
                refusal = postponed
            }
            outcomes.append(outcome)
        }
        return outcomes
    }

    /// Too many calls, or nobody there: the next connection of the same organization would hear the same.
    private static func concernsOrganization(_ code: String) -> Bool {
        code.hasPrefix("token.unavailable.status.") || code.hasPrefix("token.unavailable.transport.")
    }

    private func outcome(of connection: Connection, _ actor: AuditActor) async -> Outcome {
        guard connection.status != .needsReauthorization else { return await revoked(connection) }
        do {
            _ = try await broker.refresh(connection.id, actor: actor)
            return .renewed
        } catch TokenRefusal.disconnected {
            return .revoked
        } catch TokenRefusal.needsReauthorization {
            return await revoked(connection)
        } catch TokenRefusal.unavailable(let code, let seconds) {
            return .postponed(
                Postponed(connection: connection, code: "token.unavailable.\(code)", retryAfter: seconds))
        } catch {
            return .exposed(code: (error as? any Explained)?.explanation.code ?? "unexpected")
        }
    }

    /// The refresh token is dead; the access token may live until its own end, unless Zendesk is told to end it.
    private func revoked(_ connection: Connection) async -> Outcome {
        do {
            guard let credential = try await store.credential(of: connection.id),
                let now = try await store.connection(connection.id), now.generation == credential.generation
            else { return .revoked }
            let token = try broker.credentials.openAccessToken(credential, place: now.place)
            // What else waits of the connection is another token: from before a reconnect, or one that came too late.
            if try await !revocations.hold(token, of: now.id) { try await revocations.revoke(token, of: now) }
            // What still waits is counted at the end, with everything else that waits.
            return .revoked
        } catch {
            return .exposed(code: (error as? any Explained)?.explanation.code ?? "unexpected")
        }
    }
}

extension EmergencyRotation.Standing {
    fileprivate mutating func count(_ outcome: EmergencyRotation.Outcome) {
        switch outcome {
        case .renewed: renewed += 1
        case .renewedBefore: renewedBefore += 1
        case .revoked: revoked += 1
        case .exposed(let code): exposed[code, default: 0] += 1
        case .postponed: break
        }
    }
}
