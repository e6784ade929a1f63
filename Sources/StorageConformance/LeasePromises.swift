import FoundationEssentials
import GatewayCore
import Storage
import Testing

extension StoragePromise {
    static let leases: [StoragePromise] = [
        StoragePromise("AUD-01 a lease and its audit entry are kept together") { store in
            let connection = try await store.connect(Sample.connection())
            let lease = Sample.lease(of: connection)
            try await store.grant(lease)
            #expect(try await store.lease(lease.id) == lease)
            #expect(try await store.openLeases(of: connection.id, at: Sample.start) == [lease])
            #expect(try await store.recorded(.accessTokenHandedOut).map(\.subject) == [lease.id.text])
        },
        StoragePromise("RT-28 no lease on a generation that was replaced, and no entry about one") { store in
            let connection = try await store.connect(Sample.connection())
            try await store.reconnect(Sample.connection(connection.id, generation: 2), replacing: 1)
            for generation in [0, 1, 3] as [UInt64] {
                await #expect(throws: StorageError.conflict) {
                    try await store.grant(Sample.lease(of: connection, generation: generation))
                }
            }
            #expect(try await store.openLeases(of: connection.id, at: Sample.start).isEmpty)
            #expect(try await store.recorded(.accessTokenHandedOut).isEmpty)
            try await store.grant(Sample.lease(of: connection, generation: 2))
        },
        StoragePromise("no lease on a connection that was ended or never was") { store in
            let connection = try await store.connect(Sample.connection())
            try await store.eraseCredential(
                of: connection.id, at: Sample.after(1), audit: Sample.event(.connectionDisconnected))
            for dead in [connection, Sample.connection()] {
                await #expect(throws: StorageError.conflict) { try await store.grant(Sample.lease(of: dead)) }
            }
        },
        StoragePromise("a lease id is used once") { store in
            let connection = try await store.connect(Sample.connection())
            let lease = Sample.lease(of: connection)
            try await store.grant(lease)
            await #expect(throws: StorageError.conflict) { try await store.grant(lease) }
            #expect(try await store.recorded(.accessTokenHandedOut).count == 1)
        },
        StoragePromise("one of many leases that cannot be kept spoils none of the others") { store in
            let connection = try await store.connect(Sample.connection())
            let outcomes = try await inParallel { number in
                let generation: UInt64 = number.isMultiple(of: 5) ? 9 : 1
                let lease = Sample.lease(of: connection, generation: generation)
                return (generation, try await attempt { try await store.grant(lease) })
            }
            #expect(outcomes.allSatisfy { $0.0 == 1 ? $0.1 == .won : $0.1 == .conflicted })
            #expect(try await store.openLeases(of: connection.id, at: Sample.start).count == 40)
            #expect(try await store.recorded(.accessTokenHandedOut).count == 40)
        },
        StoragePromise("a lease is released once, however many release it, and then is open no more") { store in
            let connection = try await store.connect(Sample.connection())
            let lease = Sample.lease(of: connection)
            try await store.grant(lease)
            let outcomes = try await inParallel(20) { _ in try await store.giveUp(lease.id) }
            #expect(outcomes.filter { $0 }.count == 1)
            #expect(try await store.recorded(.leaseReleased).count == 1)
            #expect(try await store.openLeases(of: connection.id, at: Sample.start).isEmpty)
            #expect(try await store.lease(lease.id) == lease)
        },
        StoragePromise("releasing what never was changes nothing") { store in
            let released = try await store.giveUp(Sample.newID())
            #expect(!released)
            #expect(try await store.recorded(.leaseReleased).isEmpty)
        },
        StoragePromise("open leases are the connection's own, not past their end, oldest first") { store in
            let connection = try await store.connect(Sample.connection())
            let other = try await store.connect(Sample.connection(subdomain: "other"))
            let short = Sample.lease(of: connection, createdAt: Sample.after(2), expiresAt: Sample.after(10))
            let long = Sample.lease(of: connection, createdAt: Sample.after(1), expiresAt: Sample.after(60))
            for lease in [short, long, Sample.lease(of: other)] { try await store.grant(lease) }
            #expect(try await store.openLeases(of: connection.id, at: Sample.after(9)) == [long, short])
            #expect(try await store.openLeases(of: connection.id, at: Sample.after(10)) == [long])
            #expect(try await store.openLeases(of: connection.id, at: Sample.after(60)).isEmpty)
        },
        StoragePromise("open leases are counted with their holders and ends, the connection's own only") { store in
            let connection = try await store.connect(Sample.connection())
            let other = try await store.connect(Sample.connection(subdomain: "other"))
            let short = Sample.lease(of: connection, createdAt: Sample.after(2), expiresAt: Sample.after(10))
            let long = Sample.lease(of: connection, createdAt: Sample.after(1), expiresAt: Sample.after(60))
            for lease in [short, long, Sample.lease(of: other)] { try await store.grant(lease) }
            let key = Sample.apiKey("sync module", scopes: [.credentialsRead])
            try await store.insertAPIKey(key, digest: Sample.digest("k"), audit: Sample.event(.apiKeyCreated))
            let known = Sample.lease(of: connection, expiresAt: Sample.after(8), holder: key.id.text)
            try await store.grant(known)
            #expect(
                Set(try await store.openLeaseSummary(of: connection.id, at: Sample.after(7)).heldBy.map(\.name))
                    == [nil, "sync module"], "by the name of the key")
            let holder = LeaseHolder(id: "key_holder", name: nil)
            #expect(
                try await store.openLeaseSummary(of: connection.id, at: Sample.after(9))
                    == LeaseSummary(
                        count: 2, holders: 1, heldBy: [holder], oldest: Sample.after(1), lastEnd: Sample.after(60)))
            _ = try await store.giveUp(long.id)
            #expect(
                try await store.openLeaseSummary(of: connection.id, at: Sample.after(9))
                    == LeaseSummary(
                        count: 1, holders: 1, heldBy: [holder], oldest: Sample.after(2), lastEnd: Sample.after(10)))
            #expect(try await store.openLeaseSummary(of: connection.id, at: Sample.after(10)) == .none)
        },
        StoragePromise("a sweep forgets leases that ended, and no open one") { store in
            let connection = try await store.connect(Sample.connection())
            let ended = Sample.lease(of: connection, expiresAt: Sample.after(10))
            let released = Sample.lease(of: connection)
            let open = Sample.lease(of: connection)
            for lease in [ended, released, open] { try await store.grant(lease) }
            _ = try await store.giveUp(released.id)
            try await store.sweepLeases(endedBefore: Sample.after(20))
            #expect(try await store.lease(ended.id) == nil)
            #expect(try await store.lease(released.id) == nil)
            #expect(try await store.lease(open.id) == open)
        },
    ]

    static let handOffs: [StoragePromise] = [
        StoragePromise("a hand-off finds key, connection and token together") { store in
            let key = Sample.apiKey("reader", scopes: [.credentialsRead, .proxy], tenant: try Sample.tenant("globex"))
            try await store.insertAPIKey(key, digest: Sample.digest("k"), audit: Sample.event(.apiKeyCreated))
            let connection = try await store.connect(Sample.connection())
            let found = try await store.handOff(keyDigest: Sample.digest("k"), connection: connection.id)
            #expect(found?.caller == key.rights)
            let held = try #require(found?.held)
            #expect(held.tenant == connection.tenant && held.subdomain == connection.subdomain)
            #expect(held.grantedScopes == "read write" && held.status == .active && held.generation == 1)
            #expect(held.expiresAt == connection.accessTokenExpiresAt && held.verdict == nil)
            #expect(held.credential?.accessToken == Sample.credential(for: connection).accessToken)
            #expect(held.credential?.refreshToken == nil && held.credential?.generation == 1)
        },
        StoragePromise("ST-09 a hand-off sees what was written before it began") { store in
            let key = Sample.apiKey("reader")
            try await store.insertAPIKey(key, digest: Sample.digest("k"), audit: Sample.event(.apiKeyCreated))
            let connection = try await store.connect(Sample.connection())
            for generation in 2...20 as ClosedRange<UInt64> {
                let next = Sample.connection(connection.id, generation: generation)
                try await store.reconnect(next, replacing: generation - 1)
                let held = try await store.handOff(keyDigest: Sample.digest("k"), connection: connection.id)?.held
                #expect(held?.generation == generation && held?.credential?.generation == generation)
            }
            try await store.recordPreflight(
                Sample.report(.fail, of: connection.id), sync: .waitingForPreflight,
                audit: [Sample.event(.preflightRun)])
            #expect(
                try await store.handOff(keyDigest: Sample.digest("k"), connection: connection.id)?.held?.verdict
                    == .fail)
            try await store.eraseCredential(
                of: connection.id, at: Sample.after(1), audit: Sample.event(.connectionDisconnected))
            let ended = try await store.handOff(keyDigest: Sample.digest("k"), connection: connection.id)?.held
            #expect(ended?.status == .disconnected && ended?.credential == nil)
        },
        StoragePromise("a revoked key, an unknown key and an unknown connection hand nothing off") { store in
            let key = Sample.apiKey("reader")
            try await store.insertAPIKey(key, digest: Sample.digest("k"), audit: Sample.event(.apiKeyCreated))
            let connection = try await store.connect(Sample.connection())
            let other = try await store.handOff(keyDigest: Sample.digest("x"), connection: connection.id)
            let nowhere = try await store.handOff(keyDigest: Sample.digest("k"), connection: Sample.newID())
            #expect(other == nil)
            #expect(nowhere == HandOffRecord(caller: key.rights, held: nil))
            _ = try await store.revokeAPIKey(key.id, at: Sample.start, audit: Sample.event(.apiKeyRevoked))
            let revoked = try await store.handOff(keyDigest: Sample.digest("k"), connection: connection.id)
            #expect(revoked == nil)
        },
    ]
}

extension Sample {
    static func lease(
        of connection: Connection, generation: UInt64? = nil, createdAt: Date = start, expiresAt: Date = after(600),
        holder: String = "key_holder"
    ) -> TokenLease {
        TokenLease(
            id: newID(), connection: connection.id, generation: generation ?? connection.generation,
            holder: holder, createdAt: createdAt, expiresAt: expiresAt)
    }
}

extension GatewayStore {
    func grant(_ lease: TokenLease) async throws {
        try await insertLease(
            lease, audit: Sample.event(.accessTokenHandedOut, connection: lease.connection, subject: lease.id.text))
    }

    func giveUp(_ id: LeaseID) async throws -> Bool {
        try await releaseLease(id, at: Sample.after(5), audit: Sample.event(.leaseReleased, subject: id.text))
    }
}
