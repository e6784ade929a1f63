import FoundationEssentials
import GatewayCore
import Storage
import Testing

extension StoragePromise {
    static let refreshes: [StoragePromise] = [
        StoragePromise("RT-08 of any number that begin a refresh one gets the entry, and the others see it") { store in
            let connection = try await store.connect(Sample.connection())
            let turns = try await withThrowingTaskGroup(of: RefreshTurn.self) { group in
                for index in 0..<20 { group.addTask { try await store.begin(connection, by: "node \(index)") } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let begun = turns.filter { if case .begun = $0 { true } else { false } }
            #expect(begun.count == 1 && turns.count == 20)
            #expect(try await store.recorded(.refreshBegun).count == 1)
        },
        StoragePromise("no refresh begins at another generation or of a connection that is not live") { store in
            let connection = try await store.connect(Sample.connection())
            #expect(try await store.begin(connection, generation: 2, by: "node") == .stale)
            #expect(try await store.begin(Sample.connection(), by: "node") == .stale)
            try await store.eraseCredential(
                of: connection.id, at: Sample.after(1), audit: Sample.event(.connectionDisconnected))
            #expect(try await store.begin(connection, by: "node") == .stale)
        },
        StoragePromise("RT-10 an entry is taken over when its time is over, once, under the next fence") { store in
            let connection = try await store.connect(Sample.connection())
            let entry = try await store.entry(connection)
            #expect(try await store.takeOver(entry, at: 34) == nil)
            let taken = try #require(try await store.takeOver(entry, at: 35))
            #expect(taken.fence == entry.fence + 1 && taken.holder == "heir" && taken.sentAt == entry.sentAt)
            #expect(try await store.takeOver(entry, at: 100) == nil, "only one inherits")
        },
        StoragePromise("RT-09 what a former holder notes changes nothing") { store in
            let connection = try await store.connect(Sample.connection())
            let entry = try await store.entry(connection)
            _ = try await store.takeOver(entry, at: 35)
            let late = RefreshStep(.lost, at: Sample.after(36), due: Sample.after(36), outcome: "late")
            #expect(try await store.noteRefresh(entry, late, audit: [Sample.event(.refreshNotDone)]) == nil)
            #expect(try await store.refreshState(of: connection.id)?.entry?.phase == .begun)
            #expect(try await store.recorded(.refreshNotDone).isEmpty)
        },
        StoragePromise("RT-25 a time too far ahead to be meant is over") { store in
            let connection = try await store.connect(Sample.connection())
            let entry = try await store.entry(connection)
            let back = Sample.after(-86_400)
            let heir = RefreshHolder(name: "heir", at: back, until: back.addingTimeInterval(35))
            let taken = try await store.takeOverRefresh(
                entry, by: heir, endedBy: back, horizon: back.addingTimeInterval(935))
            #expect(taken?.sentAt == back)
        },
        StoragePromise("RT-03 what somebody left open is claimed before what is longer due") { store in
            let plain = try await store.connect(Sample.connection(subdomain: "plain"))
            let left = try await store.connect(Sample.connection(subdomain: "left"))
            _ = try await store.entry(left)
            try await store.planRefreshes([RefreshPlan(connection: plain.id, generation: 1, due: Sample.start)])
            let claimed = try await store.claimDueRefreshes(at: Sample.after(40), until: Sample.after(70), limit: 1)
            #expect(claimed == [left.id])
            let rest = try await store.claimDueRefreshes(at: Sample.after(40), until: Sample.after(70), limit: 9)
            #expect(rest == [plain.id], "and nothing is claimed twice")
        },
        StoragePromise("RT-05 new tokens, generation, end of the entry and audit entry come together") { store in
            let connection = try await store.connect(Sample.connection())
            _ = try await store.entry(connection)
            let renewal = Sample.renewal(of: connection)
            try await store.replaceCredential(renewal, audit: [Sample.event(.tokensRefreshed)])
            let state = try #require(try await store.refreshState(of: connection.id))
            #expect(state.connection.generation == 2 && state.credential == renewal.credential && state.entry == nil)
            #expect(state.schedule.due == renewal.due && state.schedule.failures == 0)
            await #expect(throws: StorageError.conflict) {
                try await store.replaceCredential(renewal, audit: [Sample.event(.tokensRefreshed)])
            }
            #expect(try await store.recorded(.tokensRefreshed).count == 1)
            #expect(try await store.lastRefresh(of: connection.id)?.phase == .committed)
        },
        StoragePromise("RT-09 new tokens tell that their connection is well again if it was not at that moment") {
            store in
            var connection = try await store.connect(Sample.connection())
            func renew() async throws -> Int {
                try await store.replaceCredential(
                    Sample.renewal(of: connection), audit: [Sample.event(.tokensRefreshed)],
                    recovery: Sample.event(.connectionRecovered))
                connection.generation += 1
                return try await store.recorded(.connectionRecovered).count
            }
            let whileWell = try await renew()
            for (status, reason) in [
                (ConnectionStatus.inDoubt, "refresh.in_doubt"), (.needsReauthorization, "refresh.answer_lost"),
                (.active, "organization.unreachable"),
            ] {
                try await store.setStatus(
                    status, reason: reason, of: connection.id, generation: connection.generation, at: Sample.start,
                    audit: Sample.event(.connectionInDoubt))
                let before = try await store.recorded(.connectionRecovered).count
                let after = try await renew()
                #expect(after == before + 1, "\(status)")
            }
            #expect(whileWell == 0)
        },
        StoragePromise("RT-35 a disconnect ends what is left open of a refresh, and nothing of it comes due again") {
            store in
            for phase in [RefreshPhase.begun, .inDoubt, .confirming] {
                let connection = try await store.connect(Sample.connection(subdomain: "\(phase)".lowercased()))
                let entry = try await store.entry(connection)
                var step = RefreshStep(phase, at: Sample.after(1), due: Sample.after(900), outcome: "no answer")
                step.counts = .grows
                _ = try await store.noteRefresh(entry, step, audit: [])
                try await store.eraseCredential(
                    of: connection.id, at: Sample.after(2), audit: Sample.event(.connectionDisconnected))
                let last = try #require(try await store.lastRefresh(of: connection.id))
                #expect(last.phase == .superseded && last.endedAt == Sample.after(2), "\(phase)")
                #expect(
                    try await store.noteRefresh(entry, step, audit: []) == nil, "who still holds it changes nothing")
            }
            let claimed = try await store.claimDueRefreshes(at: .distantFuture, until: .distantFuture, limit: 9)
            #expect(claimed.isEmpty)
        },
        StoragePromise("a connection that needs authorization keeps an open entry, and comes due for it") { store in
            let connection = try await store.connect(Sample.connection())
            let entry = try await store.entry(connection)
            try await store.setStatus(
                .needsReauthorization, reason: "x", of: connection.id, generation: 1, at: Sample.after(1),
                audit: Sample.event(.connectionNeedsReauthorization))
            #expect(try await store.refreshState(of: connection.id)?.entry == entry)
            let claimed = try await store.claimDueRefreshes(at: Sample.after(40), until: Sample.after(70), limit: 9)
            #expect(claimed == [connection.id])
            let end = RefreshStep(.superseded, at: Sample.after(41), due: Sample.after(41))
            #expect(try await store.noteRefresh(entry, end, audit: []) != nil)
            #expect(try await store.nextRefreshDue() == nil, "and then no more")
        },
        StoragePromise("RT-18 a failure keeps two pauses, one of them for whoever forces, and new tokens end both") {
            store in
            let connection = try await store.connect(Sample.connection())
            var step = RefreshStep(.notDone, at: Sample.after(1), due: Sample.after(900), outcome: "status.503")
            step.counts = .grows
            step.forcedNotBefore = Sample.after(61)
            _ = try await store.noteRefresh(try await store.entry(connection), step, audit: [])
            let failed = try #require(try await store.refreshState(of: connection.id)).schedule
            #expect(failed.notBefore == Sample.after(900) && failed.forcedNotBefore == Sample.after(61))
            try await store.replaceCredential(Sample.renewal(of: connection), audit: [])
            let renewed = try #require(try await store.refreshState(of: connection.id)).schedule
            #expect(renewed.notBefore == nil && renewed.forcedNotBefore == nil)
        },
        StoragePromise("RT-27 what took the place of a refused token set is known as such") { store in
            let connection = try await store.connect(Sample.connection())
            _ = try await store.entry(connection)
            try await store.replaceCredential(
                Sample.renewal(of: connection, outcome: CredentialRenewal.afterRejection), audit: [])
            #expect(try await store.refreshState(of: connection.id)?.cameAfterRejection == true)
            var next = connection
            next.generation = 2
            _ = try await store.entry(next)
            try await store.replaceCredential(Sample.renewal(of: next), audit: [])
            #expect(try await store.refreshState(of: connection.id)?.cameAfterRejection == false)
        },
    ]
}

extension GatewayStore {
    fileprivate func begin(
        _ connection: Connection, generation: UInt64? = nil, by name: String
    ) async throws -> RefreshTurn {
        try await beginRefresh(
            of: connection.id, generation: generation ?? connection.generation,
            by: RefreshHolder(name: name, at: Sample.start, until: Sample.after(35)),
            audit: Sample.event(.refreshBegun, connection: connection.id))
    }

    fileprivate func entry(_ connection: Connection) async throws -> RefreshEntry {
        guard case .begun(let entry) = try await begin(connection, by: "node") else { throw StorageError.conflict }
        return entry
    }

    fileprivate func takeOver(_ entry: RefreshEntry, at seconds: Double) async throws -> RefreshEntry? {
        let now = Sample.after(seconds)
        return try await takeOverRefresh(
            entry, by: RefreshHolder(name: "heir", at: now, until: now.addingTimeInterval(35)), endedBy: now,
            horizon: now.addingTimeInterval(935))
    }
}

extension Sample {
    fileprivate static func renewal(of connection: Connection, outcome: String = "renewed") -> CredentialRenewal {
        var renewed = connection
        renewed.generation += 1
        return CredentialRenewal(
            credential: credential(for: renewed), grantedScopes: connection.grantedScopes,
            accessTokenExpiresAt: after(172_800), refreshTokenExpiresAt: after(7_776_000), at: after(10),
            due: after(80_000), learnedLifetime: nil, outcome: outcome)
    }
}
