import GatewayCore
import Storage
import Testing

extension StoragePromise {
    static let rootKey: [StoragePromise] = [
        StoragePromise("KEY-21: a root key's replacement wraps every key anew, and changes nothing else of any") {
            store in
            #expect(try await store.rootKeyInUse() == nil, "nothing is wrapped yet")
            try await store.wrapped()
            #expect(
                try await store.rootKeyInUse()
                    == StoredRootKey(checkValue: [1, 2, 3], place: nil, replacedAt: nil, former: nil))
            let (dataKeys, auditKeys) = (try await store.dataKeys(), try await store.auditKeys())
            let version = try await store.keyringVersion()
            let change = try await store.change(at: 7)
            try await store.replaceRootKey(change, audit: Sample.event(.rootKeyReplaced, subject: "new"))
            #expect(try await store.dataKeys() == dataKeys.map { Sample.rewrapped($0) })
            #expect(try await store.auditKeys() == auditKeys.map { Sample.rewrapped($0) })
            #expect(try await store.keyringVersion() > version, "running services look again")
            #expect(
                try await store.rootKeyInUse()
                    == StoredRootKey(
                        checkValue: Sample.newCheckValue, place: "file:new", replacedAt: Sample.after(7),
                        former: [1, 2, 3]))
            #expect(try await store.recorded(.rootKeyReplaced).map(\.subject) == ["new"])
        },
        StoragePromise("KEY-22: where a root key that was moved lay before is remembered until the next replacement") {
            store in
            try await store.wrapped()
            let change = try await store.change()
            let moved = RootKeyChange(
                former: change.former, new: change.new, place: change.place, formerPlace: "/etc/former.key",
                at: change.at, dataKeys: change.dataKeys, auditKeys: change.auditKeys)
            try await store.replaceRootKey(moved, audit: Sample.event(.rootKeyReplaced))
            #expect(try await store.rootKeyInUse()?.formerPlace == "/etc/former.key")
        },
        StoragePromise("KEY-21: a destroyed key has no wrapping, so it is in no replacement and in nobody's way") {
            store in
            try await store.wrapped()
            let event = Sample.event(.dataKeyRetired)
            for step: DataKeyStep in [.retire, .scheduleDestruction(at: Sample.start), .destroy] {
                #expect(try await store.changeDataKey("dk-2", step, at: Sample.start, audit: event) == nil)
            }
            let change = try await store.change()
            #expect(change.dataKeys.map(\.former.id) == ["dk-1"])
            try await store.replaceRootKey(change, audit: Sample.event(.rootKeyReplaced))
            #expect(try await store.dataKeys().map(\.wrapped) == [Sample.newWrapping("dk-1"), []])
        },
        StoragePromise("KEY-21: a replacement that leaves a key out, or one that changed since, changes nothing") {
            store in
            try await store.wrapped()
            let whole = try await store.change()
            var incomplete = [
                Sample.replacement(Array(whole.dataKeys.dropLast()), whole.auditKeys),
                Sample.replacement(whole.dataKeys, []),
            ]
            try await store.insertDataKey(Sample.key("dk-3"), audit: Sample.event(.dataKeyGenerated))
            // Made before the third key was: nobody could have named it.
            incomplete.append(whole)
            let before = try await store.dataKeys()
            let (auditKeys, inUse) = (try await store.auditKeys(), try await store.rootKeyInUse())
            for change in incomplete {
                await #expect(throws: StorageError.conflict) {
                    try await store.replaceRootKey(change, audit: Sample.event(.rootKeyReplaced))
                }
            }
            #expect(try await store.dataKeys() == before)
            #expect(try await store.auditKeys() == auditKeys)
            #expect(try await store.rootKeyInUse() == inUse)
            #expect(try await store.recorded(.rootKeyReplaced).isEmpty)
        },
        StoragePromise("KEY-21: of many replacements at once one is done, with one entry") { store in
            try await store.wrapped()
            let change = try await store.change()
            let outcomes = try await inParallel(12) { _ in
                try await attempt { try await store.replaceRootKey(change, audit: Sample.event(.rootKeyReplaced)) }
            }
            #expect(outcomes.count { $0 == .won } == 1)
            #expect(try await store.recorded(.rootKeyReplaced).count == 1)
        },
        StoragePromise("KEY-21: from then on nothing is stored that another root key wraps") { store in
            try await store.wrapped()
            try await store.replaceRootKey(try await store.change(), audit: Sample.event(.rootKeyReplaced))
            await #expect(throws: StorageError.conflict) {
                try await store.insertDataKey(Sample.key("dk-3"), audit: Sample.event(.dataKeyGenerated))
            }
            await #expect(throws: StorageError.conflict) {
                try await store.replaceAuditKey("ak-1", with: Sample.auditKey("ak-2"), audit: Sample.event()) { head in
                    StoredAuditCheckpoint(
                        size: head.size, root: head.root, keyID: "ak-1", signedAt: Sample.start, note: "note")
                }
            }
            #expect(try await store.dataKeys().count == 2)
            #expect(try await store.auditKeys().map(\.retiredAt) == [nil])
            let new = Sample.rewrapped(Sample.key("dk-3"))
            try await store.insertDataKey(new, audit: Sample.event(.dataKeyGenerated))
            #expect(try await store.dataKeys().last == new)
        },
    ]

    static let remnants: [StoragePromise] = [
        StoragePromise("KEY-14: what was erased is remembered until it was purged, and what was not is not") { store in
            try await store.wrapped()
            let event = Sample.event(.dataKeyRetired)
            for step: DataKeyStep in [.retire, .scheduleDestruction(at: Sample.start)] {
                _ = try await store.changeDataKey("dk-2", step, at: Sample.start, audit: event)
            }
            #expect(try await !store.hasRemnants())
            #expect(try await store.changeDataKey("dk-2", .destroy, at: Sample.start, audit: event) == nil)
            // Nobody reads, so a purge succeeds, if it was not done along with the erasure.
            #expect(try await store.purgeRemnants())
            #expect(try await !store.hasRemnants())
        }
    ]
}

extension Sample {
    static let newCheckValue: [UInt8] = [9, 9, 9]

    static func newWrapping(_ id: String) -> [UInt8] { Array("wrapped anew \(id)".utf8) }

    static func auditKey(_ id: String) -> StoredAuditKey {
        StoredAuditKey(
            id: id, publicKey: Array("public \(id)".utf8), wrapped: Array("wrapped \(id)".utf8),
            rootKeyCheckValue: [1, 2, 3], createdAt: start)
    }

    static func rewrapped(_ key: StoredDataKey) -> StoredDataKey {
        StoredDataKey(
            id: key.id, state: key.state, wrapped: newWrapping(key.id), rootKeyCheckValue: newCheckValue,
            createdAt: key.createdAt, activatedAt: key.activatedAt, retiredAt: key.retiredAt, destroyAt: key.destroyAt,
            sealsReserved: key.sealsReserved, served: key.served)
    }

    static func rewrapped(_ key: StoredAuditKey) -> StoredAuditKey {
        StoredAuditKey(
            id: key.id, publicKey: key.publicKey, wrapped: newWrapping(key.id), rootKeyCheckValue: newCheckValue,
            createdAt: key.createdAt, retiredAt: key.retiredAt)
    }

    static func replacement(
        _ dataKeys: [Rewrapped<StoredDataKey>], _ auditKeys: [Rewrapped<StoredAuditKey>], at seconds: Double = 0
    ) -> RootKeyChange {
        RootKeyChange(
            former: [1, 2, 3], new: newCheckValue, place: "file:new", at: after(seconds), dataKeys: dataKeys,
            auditKeys: auditKeys)
    }
}

extension GatewayStore {
    /// Two data keys that have served, and an audit key, under one root key.
    fileprivate func wrapped() async throws {
        try await insertDataKey(Sample.key("dk-1", .primary), audit: Sample.event(.dataKeyGenerated))
        try await insertDataKey(Sample.key("dk-2"), audit: Sample.event(.dataKeyGenerated))
        try await noteServing(500, of: "dk-1")
        _ = try await reserveSeals(1_000, of: "dk-1")
        try await insertFirstAuditKey(Sample.auditKey("ak-1"), audit: Sample.event(.auditKeyCreated))
    }

    /// Everything that is wrapped now, wrapped anew.
    fileprivate func change(at seconds: Double = 0) async throws -> RootKeyChange {
        Sample.replacement(
            try await dataKeys().filter { !$0.wrapped.isEmpty }.map {
                Rewrapped(former: $0, new: Sample.rewrapped($0))
            },
            try await auditKeys().map { Rewrapped(former: $0, new: Sample.rewrapped($0)) }, at: seconds)
    }
}
