import FoundationEssentials
import GatewayCore
import Storage
import Testing

extension StoragePromise {
    static let signIn: [StoragePromise] = [
        StoragePromise("a sign-in link opens a session of its tenant and roles, with one entry") { store in
            let other = try Sample.tenant("globex")
            let link = Sample.link("a", tenant: other, roles: [.support])
            try await store.insertSignInLink(link, audit: Sample.event(.signInLinkCreated))
            let session = try await redeem(link, opening: "s", in: store)
            #expect(session?.tenant == other && session?.roles == [.support] && session?.connectSession == nil)
            #expect(session?.digest == Sample.digest("s") && session?.publicID == "s_s")
            #expect(try await store.session(digest: Sample.digest("s"), at: Sample.start) == session)
            let entry = try #require(try await store.recorded(.signedIn).first)
            #expect(entry.actor == AuditActor(kind: .console, id: "s_s") && entry.tenant == other)
            #expect(try await store.entryCount() == 2)
        },
        StoragePromise("of many visitors at once one gets the session of a link") { store in
            let link = Sample.link("a")
            try await store.insertSignInLink(link, audit: Sample.event())
            let opened = try await inParallel { try await redeem(link, opening: "visitor \($0)", in: store) }
            let winners = opened.compactMap { $0 }
            #expect(winners.count == 1)
            for number in 0..<50 {
                let digest = Sample.digest("visitor \(number)")
                let session = try await store.session(digest: digest, at: Sample.start)
                #expect((session != nil) == (digest == winners.first?.digest))
            }
            #expect(try await store.recorded(.signedIn).count == 1)
        },
        StoragePromise("an unknown, used or expired link opens nothing and ends nothing") { store in
            try await store.signIn("before")
            let used = Sample.link("used")
            let expired = Sample.link("expired", expiresAt: Sample.start)
            for link in [used, expired] { try await store.insertSignInLink(link, audit: Sample.event()) }
            _ = try await redeem(used, opening: "first", in: store)
            let entries = try await store.entryCount()
            for link in [used, expired, Sample.link("unknown")] {
                #expect(try await redeem(link, opening: "late", replacing: "before", in: store) == nil)
            }
            #expect(try await store.session(digest: Sample.digest("late"), at: Sample.start) == nil)
            #expect(try await store.session(digest: Sample.digest("before"), at: Sample.start) != nil)
            #expect(try await store.entryCount() == entries)
        },
        StoragePromise("a new sign-in ends the session the browser had before") { store in
            try await store.signIn("before")
            let link = Sample.link("a")
            try await store.insertSignInLink(link, audit: Sample.event())
            _ = try await redeem(link, opening: "after", replacing: "before", in: store)
            #expect(try await store.session(digest: Sample.digest("before"), at: Sample.start) == nil)
            #expect(try await store.session(digest: Sample.digest("after"), at: Sample.start) != nil)
        },
    ]

    static let sessions: [StoragePromise] = [
        StoragePromise("an unknown session is nobody's, and an expired one is over from its last moment on") { store in
            try await store.signIn("a", expiresAt: Sample.after(60))
            #expect(try await store.session(digest: Sample.digest("b"), at: Sample.start) == nil)
            #expect(try await store.session(digest: [], at: Sample.start) == nil)
            #expect(try await store.session(digest: Sample.digest("a"), at: Sample.after(59.999)) != nil)
            #expect(try await store.session(digest: Sample.digest("a"), at: Sample.after(60)) == nil)
        },
        StoragePromise("a renewed session keeps everything but its digest, and the old digest is forgotten") { store in
            let session = try #require(try await store.signIn("old"))
            let renewed = try await renew("old", as: "new", in: store)
            #expect(renewed?.publicID == session.publicID && renewed?.roles == session.roles)
            #expect(renewed?.expiresAt == session.expiresAt && renewed?.digest == Sample.digest("new"))
            #expect(try await store.session(digest: Sample.digest("old"), at: Sample.start) == nil)
            #expect(try await store.session(digest: Sample.digest("new"), at: Sample.start) == renewed)
            #expect(try await renew("old", as: "newer", in: store) == nil)
        },
        StoragePromise("of many renewals of one session at once one succeeds") { store in
            try await store.signIn("old")
            let renewed = try await inParallel { try await renew("old", as: "new \($0)", in: store) }
            #expect(renewed.compactMap { $0 }.count == 1)
        },
        StoragePromise("an expired session is not renewed") { store in
            try await store.signIn("old", expiresAt: Sample.after(60))
            #expect(try await renew("old", as: "new", at: Sample.after(60), in: store) == nil)
            #expect(try await store.session(digest: Sample.digest("new"), at: Sample.start) == nil)
        },
        StoragePromise("what waits is still the session's own after it was renewed") { store in
            try await store.signIn("old")
            try await store.insert(Sample.pending("begun before", session: "old"), limit: 1)
            _ = try await renew("old", as: "new", in: store)
            let later = Sample.pending("begun after", session: "new", createdAt: Sample.after(1))
            try await store.insert(later, limit: 1)
            #expect(try await store.pendingAuthorizations(of: .default) == [later])
        },
        StoragePromise("an ended session is gone, with one entry however often it is ended") { store in
            try await store.signIn("a")
            try await store.signIn("b")
            for _ in 0..<2 {
                try await store.endSession(digest: Sample.digest("a"), audit: Sample.event(.signedOut))
            }
            #expect(try await store.session(digest: Sample.digest("a"), at: Sample.start) == nil)
            #expect(try await store.session(digest: Sample.digest("b"), at: Sample.start) != nil)
            #expect(try await store.recorded(.signedOut).count == 1)
        },
        StoragePromise("a form token is used once, by one of many at once") { store in
            let uses = try await inParallel { _ in
                try await store.useFormToken(digest: Sample.digest("form"), expiresAt: Sample.after(60))
            }
            #expect(uses.count { $0 } == 1)
            #expect(try await store.useFormToken(digest: Sample.digest("another"), expiresAt: Sample.after(60)))
        },
        StoragePromise("a sweep forgets expired links, sessions and form tokens, and nothing else") { store in
            for (name, seconds) in [("early", 10.0), ("late", 20)] {
                try await store.signIn("session " + name, expiresAt: Sample.after(seconds))
                let link = Sample.link(name, expiresAt: Sample.after(seconds))
                try await store.insertSignInLink(link, audit: Sample.event())
                _ = try await store.useFormToken(digest: Sample.digest(name), expiresAt: Sample.after(seconds))
            }
            try await store.sweepSessions(now: Sample.after(10))
            // Asked as of the start, so that only the sweep can be the reason.
            for (name, isKept) in [("early", false), ("late", true)] {
                let session = try await store.session(digest: Sample.digest("session " + name), at: Sample.start)
                #expect((session != nil) == isKept)
                let redeemed = try await redeem(Sample.link(name), opening: name, in: store)
                #expect((redeemed != nil) == isKept)
                let isFresh = try await store.useFormToken(digest: Sample.digest(name), expiresAt: Sample.after(99))
                #expect(isFresh == !isKept)
            }
        },
    ]
}

private func redeem(
    _ link: SignInLink, opening name: String, replacing: String? = nil, in store: any GatewayStore
) async throws -> ConsoleSession? {
    try await store.redeemSignInLink(
        digest: link.digest, opening: Sample.seed(name), replacing: replacing.map(Sample.digest), at: Sample.start)
}

private func renew(
    _ old: String, as new: String, at: Date = Sample.start, in store: any GatewayStore
) async throws -> ConsoleSession? {
    try await store.renewSession(Sample.digest(old), as: Sample.digest(new), at: at)
}
