import Foundation
import GRDB
import GatewayCore
import Storage
import Testing

@testable import StorageSQLite
@testable import store_crash_writer

@Suite struct `Remnants` {
    @Test func `CR-40 an erased credential's sealed bytes are in no file, while the gateway runs`() async throws {
        try await withWorkplace { place in
            let store = try await place.open()
            let connection = try await connect(in: store)
            #expect(try places(of: canary, in: place) != [])
            try await store.eraseCredential(of: connection.id, at: connection.createdAt, audit: event)
            #expect(try places(of: canary, in: place) == [])
            try store.close()
            #expect(try places(of: canary, in: place) == [])
        }
    }

    @Test func `CR-40 a credential that a status change ends is in no file, while the gateway runs`() async throws {
        try await withWorkplace { place in
            let store = try await place.open()
            let connection = try await connect(in: store)
            let changed = try await store.setStatus(
                .disconnected, reason: nil, of: connection.id, generation: 1, at: connection.createdAt, audit: event)
            #expect(changed)
            #expect(try places(of: canary, in: place) == [])
            try store.close()
        }
    }

    @Test func `CR-40 what a reconnect, a consumption and a sweep took away is in no file after a stop`() async throws {
        try await withWorkplace { place in
            let store = try await place.open()
            let connection = try await connect(in: store)
            let next = CommittedConnection.connection(connection.id, generation: 2)
            try await store.saveConnected(
                next, credential: CommittedConnection.credential(of: next), replacing: 1, audit: [])
            for number: UInt8 in 1...2 {
                try await store.insertPendingAuthorization(pending(number), limit: 9, audit: event)
            }
            _ = try await store.consumePendingAuthorization(
                stateDigest: pending(1).stateDigest, browserDigest: [], at: connection.createdAt)
            try await store.sweepPendingAuthorizations(now: .distantFuture, forgetting: .distantPast)
            try store.close()
            #expect(try place.names() == ["store.db"])
            #expect(try places(of: canary, in: place) == [])
        }
    }

    @Test func `CR-40 the search finds what plain deletion leaves in free pages`() async throws {
        try await withWorkplace { place in
            let queue = try DatabaseQueue(path: place.path)
            let text = String(decoding: canary, as: UTF8.self)
            try await queue.write { database in
                try database.execute(sql: "PRAGMA secure_delete = OFF; CREATE TABLE t (x)")
                try database.execute(sql: "INSERT INTO t VALUES (?)", arguments: [text])
                try database.execute(sql: "DELETE FROM t")
            }
            try queue.close()
            #expect(try places(of: canary, in: place) == ["store.db"])
        }
    }

    private let canary = Array("canary-5e1f0c77-sealed".utf8)
    private let event = AuditEvent(
        at: Date(timeIntervalSince1970: 1_790_000_000), actor: .system, action: .connectionDisconnected)

    private func connect(in store: SQLiteStore) async throws -> Connection {
        let connection = CommittedConnection.connection(ConnectionID(random: SystemRandomSource()), generation: 1)
        // Over several pages, so that overflow pages are searched too.
        let sealed = (0..<1000).flatMap { _ in canary }
        try await store.saveConnected(
            connection,
            credential: SealedCredential(
                connection: connection.id, generation: 1, accessToken: sealed, refreshToken: sealed, keyID: "dk_1"),
            replacing: nil, audit: [])
        return connection
    }

    private func pending(_ number: UInt8) -> PendingAuthorization {
        PendingAuthorization(
            id: PendingAuthorizationID(random: SystemRandomSource()), stateDigest: [number], browserDigest: [],
            sessionDigest: [], tenant: .default, subdomain: "acme", permissionLevel: .read, sealedVerifier: canary,
            keyID: "dk_1", returnURL: nil, reauthorizing: nil, createdAt: event.at,
            expiresAt: event.at.addingTimeInterval(600))
    }

    private func places(of octets: [UInt8], in place: Workplace) throws -> Set<String> {
        try place.names().filter { name in
            try Data(contentsOf: URL(filePath: place.directory + "/" + name)).firstRange(of: octets) != nil
        }
    }
}
