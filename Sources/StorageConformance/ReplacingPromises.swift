import GatewayCore
import Storage
import Testing

extension StoragePromise {
    static let replacing: [StoragePromise] = [
        StoragePromise("a reconnect replaces exactly the generation that was read") { store in
            let first = try await store.connect(Sample.connection())
            var second = Sample.connection(first.id, generation: 2)
            second.status = .active
            second.permissionLevel = .read
            second.updatedAt = Sample.after(9)
            try await store.reconnect(second, replacing: 1)
            #expect(try await store.connection(first.id) == second)
            #expect(try await store.credential(of: first.id) == Sample.credential(for: second))
            #expect(try await store.recorded(.connectionReauthorized).count == 1)
        },
        StoragePromise("a reconnect over any other generation conflicts and changes nothing") { store in
            let first = try await store.connect(Sample.connection(generation: 5))
            let before = try await store.observe(first.id)
            for (replacing, generation) in [(4, 6), (6, 7), (0, 1), (.max, 6), (5, 5)] as [(UInt64, UInt64)] {
                let next = Sample.connection(first.id, generation: generation)
                await #expect(throws: StorageError.conflict) {
                    try await store.reconnect(next, replacing: replacing)
                }
            }
            #expect(try await store.observe(first.id) == before)
        },
        StoragePromise("of many reconnects over one generation exactly one is kept, with its own credential") { store in
            let first = try await store.connect(Sample.connection())
            let next = Sample.connection(first.id, generation: 2)
            let outcomes = try await inParallel { number in
                try await (number, attempt { try await store.reconnect(next, replacing: 1, mark: "\(number)") })
            }
            let winners = outcomes.filter { $0.1 == .won }.map(\.0)
            #expect(winners.count == 1)
            let kept = winners.map { Sample.credential(for: next, mark: "\($0)") }
            #expect(try await store.credential(of: first.id) == kept.first)
            #expect(try await store.recorded(.connectionReauthorized).map(\.subject) == winners.map { "\($0)" })
        },
        StoragePromise("a reconnect of an unknown connection conflicts and makes none") { store in
            let unknown = Sample.connection(generation: 2)
            await #expect(throws: StorageError.conflict) { try await store.reconnect(unknown, replacing: 1) }
            let nothing = try await store.observe(unknown.id)
            #expect(nothing == .empty)
        },
        StoragePromise("a reconnect moves a connection to no other tenant and no other organization") { store in
            let first = try await store.connect(Sample.connection())
            let before = try await store.observe(first.id)
            let elsewhere = Sample.connection(first.id, subdomain: "other", generation: 2)
            let foreign = Sample.connection(first.id, tenant: try Sample.tenant("globex"), generation: 2)
            for moved in [elsewhere, foreign] {
                await #expect(throws: StorageError.conflict) { try await store.reconnect(moved, replacing: 1) }
            }
            #expect(try await store.observe(first.id) == before)
        },
        StoragePromise("disconnected is final: no reconnect, but a new connection") { store in
            let first = try await store.connect(Sample.connection())
            try await store.eraseCredential(
                of: first.id, at: Sample.after(1), audit: Sample.event(.connectionDisconnected))
            let before = try await store.observe(first.id)
            let again = Sample.connection(first.id, generation: 2)
            await #expect(throws: StorageError.conflict) { try await store.reconnect(again, replacing: 1) }
            await #expect(throws: StorageError.conflict) { try await store.connect(again) }
            #expect(try await store.observe(first.id) == before)
            let second = try await store.connect(Sample.connection())
            #expect(try await store.liveConnection(tenant: .default, subdomain: "acme") == second)
        },
    ]
}
