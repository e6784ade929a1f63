import Foundation
import GRDB
import GatewayCore
import Storage
import Testing

@testable import StorageSQLite
@testable import store_crash_writer

@Suite struct `Damage` {
    @Test(arguments: [
        "status = 'happy'", "permission_level = ''", "tenant = 'a b'", "sync_state = 'x'", "generation = 'x'",
        "preflight_checked_at = 1", "created_at = 'x'",
    ])
    func `ST-14 a row that does not fit its type is damage, and the others are served`(change: String) async throws {
        try await withStore { store in
            let ids = try await connectTwo(in: store)
            try await store.writer.writeWithoutTransaction { database in
                // STRICT tables refuse a wrong type, as a damaged page would not.
                try? database.execute(sql: "UPDATE connections SET \(change) WHERE id = ?", arguments: [ids[0].text])
                guard database.changesCount == 0 else { return }
                try database.execute(sql: "UPDATE connections SET status = '?' WHERE id = ?", arguments: [ids[0].text])
            }
            await #expect(throws: StorageError.damaged) { try await store.connection(ids[0]) }
            #expect(try await store.connection(ids[1]) != nil)
        }
    }

    @Test func `ST-14 overwritten pages are found, refused or break a seal, and are never a trap`() async throws {
        try await withWorkplace { place in
            var store = try await place.open()
            let ids = try await connectTwo(in: store)
            let free = try await store.read { try Int.fetchOne($0, sql: "PRAGMA freelist_count") }
            try store.close()
            var unnoticed = 0
            let sound = try Data(contentsOf: URL(filePath: place.path))
            for page in 1..<sound.count / 4096 {
                var damaged = sound
                damaged.replaceSubrange(page * 4096..<(page + 1) * 4096, with: Data(count: 4096))
                try damaged.write(to: URL(filePath: place.path))
                do throws(SQLiteStoreError) {
                    store = try await place.open()
                } catch {
                    let expected: [SQLiteStoreError] = [.damaged, .notADatabase]
                    #expect(expected.contains(error))
                    continue
                }
                var isNoticed = (try? await store.integrityProblems()) != []
                for id in ids {
                    // Sealed bytes alone carry no checksum here: their seal tells.
                    let connection = CommittedConnection.connection(id, generation: 3)
                    let found = try? await store.credential(of: id)
                    isNoticed = isNoticed || found != CommittedConnection.credential(of: connection)
                }
                unnoticed += isNoticed ? 0 : 1
                try? store.close()
            }
            #expect(unnoticed <= free ?? 0, "only a page that holds nothing may be overwritten unnoticed")
        }
    }

    @Test(arguments: ["DELETE FROM audit_log", "UPDATE audit_log SET at = 0", #"UPDATE audit_log SET "index" = 9"#])
    func `an audit entry is neither changed nor deleted, even by a statement of our own`(statement: String)
        async throws
    {
        try await withStore { store in
            _ = try await connectTwo(in: store)
            let before = try await store.auditEntries(after: 0, limit: 100)
            await #expect(throws: DatabaseError.self) {
                try await store.writer.write { try $0.execute(sql: statement) }
            }
            #expect(try await store.auditEntries(after: 0, limit: 100) == before)
        }
    }

    private func connectTwo(in store: SQLiteStore) async throws -> [ConnectionID] {
        for _ in 0..<2 { try await CommittedConnection.make(in: store) { _ in } }
        return try await store.connections(matching: ConnectionQuery()).connections.map(\.id)
    }
}
