import GatewayCore
import Storage
import Testing

extension StoragePromise {
    static let apiKeys: [StoragePromise] = [
        StoragePromise("an API key is found by its digest and nothing else, every field as it was") { store in
            let every = Sample.apiKey("every", scopes: Set(APIScope.allCases), tenant: try Sample.tenant("globex"))
            let none = Sample.apiKey("none", scopes: [])
            try await insert(every, in: store)
            try await insert(none, in: store)
            #expect(try await store.apiKey(digest: Sample.digest("every")) == every)
            #expect(try await store.apiKey(digest: Sample.digest("none")) == none)
            for unknown in [Sample.digest("unknown"), [], Array(Sample.digest("every").dropLast())] {
                #expect(try await store.apiKey(digest: unknown) == nil)
            }
            #expect(try await store.recorded(.apiKeyCreated).count == 2)
        },
        StoragePromise("API keys are listed newest first, revoked ones included") { store in
            let keys = (0..<4).map { Sample.apiKey("\($0)", createdAt: Sample.after(Double($0 / 2))) }
            for key in keys { try await insert(key, in: store) }
            #expect(try await store.revokeAPIKey(keys[1].id, at: Sample.after(7), audit: Sample.event()))
            let listed = try await store.apiKeys()
            #expect(listed.map(\.id) == keys.reversed().map(\.id))
            #expect(listed.map(\.revokedAt) == [nil, nil, Sample.after(7), nil])
        },
        StoragePromise("a revoked API key opens nothing; of many revocations at once one is recorded") { store in
            let key = Sample.apiKey("a")
            let other = Sample.apiKey("b")
            for key in [key, other] { try await insert(key, in: store) }
            let revocations = try await inParallel { _ in
                try await store.revokeAPIKey(key.id, at: Sample.start, audit: Sample.event(.apiKeyRevoked))
            }
            #expect(revocations.count { $0 } == 1)
            #expect(try await store.apiKey(digest: Sample.digest("a")) == nil)
            #expect(try await store.apiKey(digest: Sample.digest("b")) == other)
            #expect(try await store.recorded(.apiKeyRevoked).count == 1)
        },
        StoragePromise("revoking an unknown API key changes nothing and writes nothing") { store in
            let changed = try await store.revokeAPIKey(Sample.newID(), at: Sample.start, audit: Sample.event())
            #expect(!changed)
            #expect(try await store.entryCount() == 0)
        },
        StoragePromise("two API keys never share a digest") { store in
            try await insert(Sample.apiKey("a"), in: store)
            await #expect(throws: StorageError.conflict) { try await insert(Sample.apiKey("a"), in: store) }
            #expect(try await store.apiKeys().count == 1)
            #expect(try await store.entryCount() == 1)
        },
    ]

    static let keyring: [StoragePromise] = [
        StoragePromise("the first data key is kept as it was, with its entry") { store in
            #expect(try await store.dataKeys().isEmpty)
            let key = Sample.dataKey("dk_1")
            try await store.insertFirstDataKey(key, audit: Sample.event(.dataKeyGenerated))
            #expect(try await store.dataKeys() == [key])
            #expect(try await store.recorded(.dataKeyGenerated).count == 1)
        },
        StoragePromise("of many starts at once one makes the keyring") { store in
            let outcomes = try await inParallel { number in
                try await attempt {
                    try await store.insertFirstDataKey(
                        Sample.dataKey("dk_\(number)"), audit: Sample.event(.dataKeyGenerated, subject: "\(number)"))
                }
            }
            #expect(outcomes.count { $0 == .won } == 1)
            let events = try await store.recorded(.dataKeyGenerated)
            #expect(try await store.dataKeys().map(\.id) == events.map { "dk_\($0.subject ?? "")" })
        },
        StoragePromise("records are counted under the data key they are sealed under, while they exist") { store in
            #expect(try await store.recordCounts().isEmpty)
            let one = try await store.connect(Sample.connection(subdomain: "one"), keyID: "dk_1")
            try await store.connect(Sample.connection(subdomain: "two"), keyID: "dk_2")
            let taken = Sample.pending("taken")
            for pending in [taken, Sample.pending("left", expiresAt: Sample.after(10))] {
                try await store.insert(pending)
            }
            #expect(try await store.recordCounts() == ["dk_1": 3, "dk_2": 1])
            try await store.eraseCredential(of: one.id, at: Sample.start, audit: Sample.event())
            _ = try await store.consume(taken)
            #expect(try await store.recordCounts() == ["dk_1": 1, "dk_2": 1])
            try await store.sweepPendingAuthorizations(now: Sample.after(10), forgetting: Sample.start)
            #expect(try await store.recordCounts() == ["dk_2": 1])
        },
    ]
}

private func insert(_ key: APIKey, in store: any GatewayStore) async throws {
    try await store.insertAPIKey(key, digest: Sample.digest(key.name), audit: Sample.event(.apiKeyCreated))
}
