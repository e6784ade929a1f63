import GatewayCore
import Storage
import Testing

extension StoragePromise {
    static let pendingAuthorizations: [StoragePromise] = [
        StoragePromise("a pending authorization is kept with its audit entry, every field as it was") { store in
            let connection = try await store.connect(Sample.connection())
            let full = Sample.pending("full", reauthorizing: connection.id)
            try await store.insert(full)
            #expect(try await store.pendingAuthorizations(of: .default) == [full])
            #expect(try await store.recorded(.authorizationBegun).count == 1)
            #expect(try await store.consume(full) == full)
        },
        StoragePromise("what waits is listed newest first and to its own tenant only") { store in
            let other = try Sample.tenant("globex")
            let mine = (0..<5).map { Sample.pending("mine \($0)", createdAt: Sample.after(Double($0 / 2))) }
            for pending in mine { try await store.insert(pending) }
            let theirs = Sample.pending("theirs", tenant: other)
            try await store.insert(theirs)
            #expect(try await store.pendingAuthorizations(of: .default) == mine.reversed())
            #expect(try await store.pendingAuthorizations(of: other) == [theirs])
            #expect(try await store.pendingAuthorizations(of: try Sample.tenant("nobody")).isEmpty)
        },
        StoragePromise("beyond the limit the oldest of the same session is dropped, in the same step") { store in
            let stranger = Sample.pending("stranger", session: "another session", createdAt: Sample.after(-9))
            try await store.insert(stranger)
            let begun = (0..<6).map { Sample.pending("\($0)", createdAt: Sample.after(Double($0))) }
            for (number, pending) in begun.enumerated() {
                try await store.insert(pending, limit: 3)
                #expect(try await store.pendingAuthorizations(of: .default).count == min(number + 1, 3) + 1)
            }
            for dropped in begun.prefix(3) { #expect(try await store.consume(dropped) == nil) }
            for kept in begun.suffix(3) + [stranger] { #expect(try await store.consume(kept) == kept) }
        },
        StoragePromise("however many begin at once in a session, the limit holds") { store in
            _ = try await inParallel { number in
                try await store.insert(Sample.pending("\(number)"), limit: 4)
            }
            #expect(try await store.pendingAuthorizations(of: .default).count == 4)
            #expect(try await store.recorded(.authorizationBegun).count == 50)
        },
        StoragePromise("a state that waits already conflicts and leaves no trace") { store in
            try await store.insert(Sample.pending("twice"))
            let before = try await store.entryCount()
            await #expect(throws: StorageError.conflict) { try await store.insert(Sample.pending("twice"), limit: 1) }
            #expect(try await store.pendingAuthorizations(of: .default).count == 1)
            #expect(try await store.entryCount() == before)
        },
        StoragePromise("nobody authorizes another tenant's connection again") { store in
            let theirs = try await store.connect(Sample.connection(tenant: try Sample.tenant("globex")))
            await #expect(throws: StorageError.conflict) {
                try await store.insert(Sample.pending("mine", reauthorizing: theirs.id))
            }
            #expect(try await store.pendingAuthorizations(of: .default).isEmpty)
        },
    ]

    static let consuming: [StoragePromise] = [
        StoragePromise("of many callers at once exactly one gets a pending authorization, and one entry is written") {
            store in
            for round in 0..<5 {
                let pending = Sample.pending("round \(round)")
                try await store.insert(pending)
                let taken = try await inParallel { _ in try await store.consume(pending) }
                #expect(taken.compactMap { $0 } == [pending])
                #expect(try await store.recorded(.authorizationAnswered).count == round + 1)
            }
            #expect(try await store.pendingAuthorizations(of: .default).isEmpty)
        },
        StoragePromise("an unknown state, a used one and one of another browser give nothing and write nothing") {
            store in
            let pending = Sample.pending("mine")
            let other = Sample.pending("other")
            try await store.insert(pending)
            try await store.insert(other)
            let before = try await store.entryCount()
            let wrong = [
                (pending.stateDigest, other.browserDigest), (pending.stateDigest, []),
                (Sample.digest("unknown"), pending.browserDigest), ([], pending.browserDigest),
            ]
            for (state, browser) in wrong {
                let taken = try await store.consumePendingAuthorization(
                    stateDigest: state, browserDigest: browser, at: Sample.start)
                #expect(taken == nil)
            }
            #expect(try await store.entryCount() == before)
            // A stranger's guess costs the owner nothing.
            #expect(try await store.consume(pending) == pending)
            #expect(try await store.consume(pending) == nil)
            #expect(try await store.entryCount() == before + 1)
        },
        StoragePromise("an expired pending authorization gives nothing, from its last moment on") { store in
            let pending = Sample.pending("late", expiresAt: Sample.after(600))
            try await store.insert(pending)
            #expect(try await store.consume(pending, at: Sample.after(601)) == nil)
            #expect(try await store.consume(pending, at: Sample.after(600)) == nil)
            #expect(try await store.consume(pending, at: Sample.after(599.999)) == pending)
        },
        StoragePromise("the entry of an answer names the session that began it") { store in
            try await store.signIn("console")
            let pending = Sample.pending("known", session: "console")
            let unknown = Sample.pending("unknown", session: "nobody's")
            for begun in [pending, unknown] {
                try await store.insert(begun)
                _ = try await store.consume(begun, at: Sample.after(1))
            }
            let events = try await store.recorded(.authorizationAnswered)
            #expect(events.map(\.actor) == [AuditActor(kind: .console, id: "s_console"), .anonymousBrowser])
            #expect(events.allSatisfy { $0.at == Sample.after(1) && $0.tenant == .default && $0.subject == "acme" })
        },
    ]

    static let sweeping: [StoragePromise] = [
        StoragePromise("a sweep erases the verifiers of what expired, once, with one entry each") { store in
            let expired = (0..<3).map { Sample.pending("expired \($0)", expiresAt: Sample.after(10)) }
            let waiting = Sample.pending("waiting", expiresAt: Sample.after(20))
            for pending in expired + [waiting] { try await store.insert(pending) }
            _ = try await inParallel(10) { _ in
                try await store.sweepPendingAuthorizations(now: Sample.after(15), forgetting: Sample.start)
            }
            #expect(try await store.recorded(.authorizationExpired).count == 3)
            let left = try await store.pendingAuthorizations(of: .default)
            #expect(left.count == 4)
            for pending in left {
                #expect(pending.sealedVerifier == (pending.id == waiting.id ? waiting.sealedVerifier : []))
            }
            #expect(try await store.consume(waiting, at: Sample.after(15)) == waiting)
        },
        StoragePromise("what a sweep expired stays expired when the clock is set back") { store in
            let pending = Sample.pending("swept", expiresAt: Sample.after(10))
            try await store.insert(pending)
            try await store.sweepPendingAuthorizations(now: Sample.after(15), forgetting: Sample.start)
            #expect(try await store.consume(pending, at: Sample.start) == nil)
        },
        StoragePromise("a sweep forgets what expired before the given moment, never without its entry") { store in
            try await store.insert(Sample.pending("old", expiresAt: Sample.after(10)))
            try await store.insert(Sample.pending("new", expiresAt: Sample.after(20)))
            try await store.insert(Sample.pending("waiting", expiresAt: Sample.after(500)))
            try await store.sweepPendingAuthorizations(now: Sample.after(30), forgetting: Sample.after(20))
            #expect(try await store.pendingAuthorizations(of: .default).count == 2)
            #expect(try await store.recorded(.authorizationExpired).count == 2)
            // A moment in the future forgets nothing that still waits.
            try await store.sweepPendingAuthorizations(now: Sample.after(30), forgetting: Sample.after(9999))
            #expect(try await store.pendingAuthorizations(of: .default).map(\.expiresAt) == [Sample.after(500)])
        },
    ]
}
