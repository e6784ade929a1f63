import FoundationEssentials
import GatewayCore
import Storage
import Testing

extension StoragePromise {
    static let revocations: [StoragePromise] = [
        StoragePromise("every field of a waiting revocation comes back, the empty ones empty") { store in
            let full = Sample.revocation(of: Sample.newID(), generation: .max, expiresAt: Sample.after(9))
            let bare = Sample.revocation(of: nil)
            for revocation in [full, bare] {
                try await store.queueRevocation(revocation, audit: Sample.event(.revocationQueued))
            }
            let found = try await store.dueRevocations(at: Sample.after(1), limit: 10)
            #expect(Set(found.map(\.id)) == [full.id, bare.id] && found.contains(full) && found.contains(bare))
            #expect(try await store.recorded(.revocationQueued).count == 2)
            #expect(try await store.recordCounts() == ["dk_1": 2])
        },
        StoragePromise("eraseCredential moves the token into the queue in the same step, or does neither") { store in
            let connection = try await store.connect(Sample.connection())
            let revocation = Sample.revocation(of: connection.id)
            await #expect(throws: StorageError.conflict) {
                try await store.eraseCredential(
                    of: connection.id, generation: 2, reason: nil, queueing: revocation, at: Sample.start,
                    audit: [Sample.event(.connectionDisconnected)])
            }
            #expect(try await store.credential(of: connection.id) != nil)
            #expect(try await store.pendingRevocationCount() == 0)
            let index = try await store.eraseCredential(
                of: connection.id, generation: 1, reason: "waits", queueing: revocation, at: Sample.start,
                audit: [Sample.event(.connectionDisconnected), Sample.event(.revocationQueued)])
            let entries = try await store.auditEntries(after: 0, limit: 10)
            #expect(entries.first { $0.index == index }?.event.action == .connectionDisconnected)
            #expect(entries.last?.event.action == .revocationQueued)
            #expect(try await store.credential(of: connection.id) == nil)
            #expect(try await store.pendingRevocations(of: connection.id) == [revocation])
            let again = try await store.eraseCredential(
                of: connection.id, generation: 1, reason: nil, queueing: Sample.revocation(of: connection.id),
                at: Sample.start, audit: [Sample.event()])
            #expect(again == nil)
            #expect(try await store.pendingRevocationCount() == 1)
        },
        StoragePromise("what waits, and what ends, is found for several connections at once, and for no other") {
            store in
            let first = try await store.connect(Sample.connection())
            let second = try await store.connect(Sample.connection(subdomain: "globex"))
            let other = try await store.connect(Sample.connection(subdomain: "initech"))
            let all = [first, second, other].map { Sample.revocation(of: $0.id) }
            for waiting in all { try await store.queueRevocation(waiting, audit: Sample.event(.revocationQueued)) }
            let asked = [first.id, second.id, Sample.newID()]
            #expect(Set(try await store.pendingRevocations(ofAny: asked).map(\.id)) == Set(all.prefix(2).map(\.id)))
            let horizons = try await store.connectionHorizons(of: asked)
            #expect(Set(horizons.map(\.connection)) == [first.id, second.id])
            let single = try await store.connectionHorizon(of: first.id)
            #expect(horizons.contains { $0 == single })
            #expect(try await store.pendingRevocations(ofAny: []).isEmpty)
        },
        StoragePromise("a reconnect that conflicts queues nothing") { store in
            let connection = try await store.connect(Sample.connection())
            let next = Sample.connection(connection.id, generation: 3)
            await #expect(throws: StorageError.conflict) {
                try await store.saveConnected(
                    next, credential: Sample.credential(for: next), replacing: 2,
                    queueing: Sample.revocation(of: connection.id), audit: [])
            }
            #expect(try await store.pendingRevocationCount() == 0)
            try await store.saveConnected(
                next, credential: Sample.credential(for: next), replacing: 1,
                queueing: Sample.revocation(of: connection.id), audit: [])
            #expect(try await store.pendingRevocationCount() == 1)
        },
        StoragePromise("an attempt moves the next one away, counts, and fills in an unknown end only") { store in
            let revocation = Sample.revocation(of: nil)
            try await store.queueRevocation(revocation, audit: Sample.event())
            for end in [5.0, 6.0] {
                try await store.recordRevocationAttempt(
                    RevocationAttempt(
                        at: Sample.after(1), code: "unavailable", nextAttemptAt: Sample.after(20),
                        expiresAt: Sample.after(end)), of: revocation.id)
            }
            #expect(try await store.dueRevocations(at: Sample.after(19), limit: 10).isEmpty)
            let due = try #require(try await store.dueRevocations(at: Sample.after(20), limit: 10).first)
            #expect(due.attempts == 2 && due.lastCode == "unavailable" && due.expiresAt == Sample.after(5))
        },
        StoragePromise(
            "of many that settle one revocation at once one does, and the connection's reason follows the last"
        ) {
            store in
            let connection = try await store.connect(Sample.connection())
            let (first, last) = (Sample.revocation(of: connection.id), Sample.revocation(of: connection.id))
            try await store.queueRevocation(last, audit: Sample.event())
            try await store.eraseCredential(
                of: connection.id, generation: 1, reason: "waits", queueing: first, at: Sample.start,
                audit: [Sample.event()])
            let settled = try await inParallel { _ in
                try await store.settleRevocation(
                    first.id, reason: nil, at: Sample.start, audit: Sample.event(.revocationSettled))
            }
            #expect(settled.count { $0 } == 1)
            #expect(try await store.recorded(.revocationSettled).count == 1)
            #expect(try await store.connection(connection.id)?.statusReason == "waits")
            _ = try await store.settleRevocation(last.id, reason: nil, at: Sample.start, audit: Sample.event())
            #expect(try await store.connection(connection.id)?.statusReason == nil)
        },
        StoragePromise("settling a revocation leaves the status reason of a live connection alone") { store in
            let connection = try await store.connect(Sample.connection())
            try await store.setStatus(
                .needsReauthorization, reason: "grant.revoked", of: connection.id, generation: 1, at: Sample.start,
                audit: Sample.event())
            let revocation = Sample.revocation(of: connection.id)
            try await store.queueRevocation(revocation, audit: Sample.event())
            #expect(
                try await store.settleRevocation(
                    revocation.id, reason: "other", at: Sample.start, audit: Sample.event()))
            #expect(try await store.connection(connection.id)?.statusReason == "grant.revoked")
        },
    ]
}

extension Sample {
    static func revocation(
        of connection: ConnectionID?, generation: UInt64 = 1, expiresAt: Date? = nil
    ) -> PendingRevocation {
        PendingRevocation(
            id: newID(), tenant: .default, subdomain: "acme", connection: connection, generation: generation,
            accessToken: Array(0...255), keyID: "dk_1", queuedAt: start, expiresAt: expiresAt,
            nextAttemptAt: after(1))
    }
}
