import GatewayCore
import Storage
import Testing

extension StoragePromise {
    static let saving: [StoragePromise] = [
        StoragePromise("saveConnected writes connection, sealed credential and audit entries together") { store in
            let connection = Sample.connection()
            let events = [Sample.event(.tokensExchanged), Sample.event(connection: connection.id)]
            let credential = Sample.credential(for: connection)
            try await store.saveConnected(connection, credential: credential, replacing: nil, audit: events)
            #expect(try await store.connection(connection.id) == connection)
            #expect(try await store.credential(of: connection.id) == credential)
            #expect(try await store.auditEntries(after: 0, limit: 10).map(\.event) == events)
        },
        StoragePromise("every field of a connection and a credential comes back, the empty ones empty") { store in
            var connection = Sample.connection(generation: .max)
            connection.statusReason = "'; DROP TABLE connections; --"
            connection.connectedBy = ZendeskPerson(id: .min, name: "", email: nil, role: "agent")
            connection.accountFingerprint = nil
            connection.accessTokenExpiresAt = nil
            connection.refreshTokenExpiresAt = nil
            connection.preflight = PreflightSummary(verdict: .warn, checkedAt: Sample.after(1.234))
            connection.sync = SyncProgress(state: .completed, lastCompletedAt: Sample.after(2))
            let credential = SealedCredential(
                connection: connection.id, generation: .max, accessToken: Array(0...255), refreshToken: nil,
                keyID: "dk_9")
            try await store.saveConnected(connection, credential: credential, replacing: nil, audit: [])
            #expect(try await store.connection(connection.id) == connection)
            #expect(try await store.credential(of: connection.id) == credential)
        },
        StoragePromise("a first connect under an id that exists conflicts and changes nothing") { store in
            let connection = try await store.connect(Sample.connection())
            let before = try await store.observe(connection.id)
            let again = Sample.connection(connection.id, subdomain: "other", generation: 2)
            await #expect(throws: StorageError.conflict) { try await store.connect(again) }
            #expect(try await store.observe(connection.id) == before)
        },
        StoragePromise("a second live connection of a tenant to one organization conflicts and leaves no trace") {
            store in
            let first = try await store.connect(Sample.connection())
            let before = try await store.observe(first.id)
            let second = Sample.connection()
            await #expect(throws: StorageError.conflict) { try await store.connect(second) }
            #expect(try await store.observe(first.id) == before)
            #expect(try await store.connection(second.id) == nil)
            #expect(try await store.credential(of: second.id) == nil)
        },
        StoragePromise("of many first connects at once to one organization one is kept, whole") { store in
            let attempts = try await inParallel { _ in
                let connection = Sample.connection()
                return (connection.id, try await attempt { try await store.connect(connection) })
            }
            let winners = attempts.filter { $0.1 == .won }.map(\.0)
            #expect(winners.count == 1)
            #expect(try await store.connections(matching: ConnectionQuery()).connections.map(\.id) == winners)
            for (id, outcome) in attempts {
                let credential = try await store.credential(of: id)
                #expect((credential != nil) == (outcome == .won))
            }
            #expect(try await store.entryCount() == 1)
        },
        StoragePromise("two tenants may be connected to the same organization") { store in
            let one = try await store.connect(Sample.connection())
            let two = try await store.connect(Sample.connection(tenant: try Sample.tenant("globex")))
            #expect(try await store.connection(one.id) == one)
            #expect(try await store.connection(two.id) == two)
        },
        StoragePromise("a credential of another connection or another generation is not saved beside it") { store in
            let connection = Sample.connection()
            for other in [Sample.connection(), Sample.connection(connection.id, generation: 2)] {
                await #expect(throws: StorageError.conflict) {
                    try await store.saveConnected(
                        connection, credential: Sample.credential(for: other), replacing: nil, audit: [Sample.event()])
                }
            }
            let nothing = try await store.observe(connection.id)
            #expect(nothing == .empty)
        },
    ]
}
