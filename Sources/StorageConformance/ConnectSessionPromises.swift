import GatewayCore
import Storage
import Testing

extension StoragePromise {
    static let connectSessions: [StoragePromise] = [
        StoragePromise("a connect session's link opens a session that may connect and see that session only") { store in
            let session = Sample.connectSession()
            try await insert(session, in: store)
            let opened = try await redeem(in: store)
            #expect(opened?.connectSession == session)
            #expect(opened?.tenant == session.tenant && opened?.roles == [.connect])
            #expect(try await store.session(digest: Sample.digest("visitor"), at: Sample.start) == opened)
            let event = try #require(try await store.recorded(.connectSessionOpened).first)
            #expect(event.actor == AuditActor(kind: .connectSession, id: session.id.text))
            #expect(try await store.entryCount() == 2)
        },
        StoragePromise("a connect session without organization, return address and connection comes back so") { store in
            let bare = ConnectSession(
                id: Sample.newID(), tenant: try Sample.tenant("globex"), permissionLevels: [.read], subdomain: nil,
                returnURL: nil, connection: nil, expiresAt: Sample.after(600))
            try await insert(bare, in: store)
            #expect(try await redeem(in: store)?.connectSession == bare)
        },
        StoragePromise("of many visitors at once one gets the session of a connect session's link") { store in
            try await insert(Sample.connectSession(), in: store)
            let opened = try await inParallel { try await redeem(opening: "visitor \($0)", in: store) }
            #expect(opened.compactMap { $0 }.count == 1)
            #expect(try await store.recorded(.connectSessionOpened).count == 1)
        },
        StoragePromise("an unknown, used or expired connect session's link opens nothing and ends nothing") { store in
            try await store.signIn("before")
            try await insert(Sample.connectSession(), as: "used", in: store)
            try await insert(Sample.connectSession(expiresAt: Sample.start), as: "expired", in: store)
            _ = try await redeem("used", opening: "first", in: store)
            let entries = try await store.entryCount()
            for name in ["used", "expired", "unknown"] {
                #expect(try await redeem(name, opening: "late", replacing: "before", in: store) == nil)
            }
            #expect(try await store.session(digest: Sample.digest("before"), at: Sample.start) != nil)
            #expect(try await store.session(digest: Sample.digest("late"), at: Sample.start) == nil)
            #expect(try await store.entryCount() == entries)
        },
        StoragePromise("a browser that opens a connect session ends the session it had before") { store in
            try await store.signIn("before")
            try await insert(Sample.connectSession(), in: store)
            _ = try await redeem(opening: "after", replacing: "before", in: store)
            #expect(try await store.session(digest: Sample.digest("before"), at: Sample.start) == nil)
        },
        StoragePromise("the connection that was made is tied to the connect session for its holder to see") { store in
            let session = Sample.connectSession()
            try await insert(session, in: store)
            _ = try await redeem(in: store)
            let connection = try await store.connect(Sample.connection())
            try await store.bindConnectSession(session.id, to: connection.id)
            let holder = try await store.session(digest: Sample.digest("visitor"), at: Sample.start)
            #expect(holder?.connectSession?.connection == connection.id)
        },
        StoragePromise("nothing is tied across tenants, to an unknown connection or by an unknown session") { store in
            let session = Sample.connectSession()
            try await insert(session, in: store)
            _ = try await redeem(in: store)
            let mine = try await store.connect(Sample.connection())
            let theirs = try await store.connect(Sample.connection(tenant: try Sample.tenant("globex")))
            let wrong = [(session.id, theirs.id), (session.id, Sample.newID()), (Sample.newID(), mine.id)]
            for (id, connection) in wrong {
                await #expect(throws: StorageError.conflict) {
                    try await store.bindConnectSession(id, to: connection)
                }
            }
            let foreign = Sample.connectSession(connection: theirs.id)
            await #expect(throws: StorageError.conflict) { try await insert(foreign, as: "foreign", in: store) }
            let holder = try await store.session(digest: Sample.digest("visitor"), at: Sample.start)
            #expect(holder?.connectSession == session)
        },
        StoragePromise("a sweep forgets an expired connect session, unless a browser still came through it") { store in
            let unused = Sample.connectSession(expiresAt: Sample.after(10))
            let inUse = Sample.connectSession(expiresAt: Sample.after(10))
            try await insert(unused, as: "unused", in: store)
            try await insert(inUse, as: "in use", in: store)
            _ = try await redeem("in use", in: store)
            try await store.sweepSessions(now: Sample.after(10))
            #expect(try await redeem("unused", opening: "late", in: store) == nil)
            let holder = try await store.session(digest: Sample.digest("visitor"), at: Sample.after(11))
            #expect(holder?.connectSession == inUse)
            // Once its browser's session is over, nothing keeps it any more.
            try await store.sweepSessions(now: Sample.after(3600))
            let connection = try await store.connect(Sample.connection())
            await #expect(throws: StorageError.conflict) {
                try await store.bindConnectSession(inUse.id, to: connection.id)
            }
        },
        StoragePromise("the entry of an answer names the connect session that began it") { store in
            let session = Sample.connectSession()
            try await insert(session, in: store)
            _ = try await redeem(in: store)
            let pending = Sample.pending("begun", session: "visitor")
            try await store.insert(pending)
            _ = try await store.consume(pending)
            let actors = try await store.recorded(.authorizationAnswered).map(\.actor)
            #expect(actors == [AuditActor(kind: .connectSession, id: session.id.text)])
        },
    ]
}

private func insert(_ session: ConnectSession, as name: String = "link", in store: any GatewayStore) async throws {
    try await store.insertConnectSession(
        session, digest: Sample.digest(name), audit: Sample.event(.connectSessionCreated))
}

private func redeem(
    _ name: String = "link", opening visitor: String = "visitor", replacing: String? = nil, in store: any GatewayStore
) async throws -> ConsoleSession? {
    try await store.redeemConnectSession(
        digest: Sample.digest(name), opening: Sample.seed(visitor), replacing: replacing.map(Sample.digest),
        at: Sample.start)
}
