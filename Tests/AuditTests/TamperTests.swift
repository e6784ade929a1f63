import AuditTrail
import Foundation
import GRDB
import Gateway
import Storage
import Testing

@testable import StorageSQLite

@Suite("Tampering with the database") struct TamperTests {
    private static let entries = 60
    private static let edits = ProcessInfo.processInfo.environment["LATCHKEY_LONG_TESTS"] == "1" ? 10_000 : 1_000

    @Test("AUD-05: every one of a thousand random edits is found, and the first bad entry named")
    func randomEdits() async throws {
        let world = try AuditWorld()
        try await world.append(Self.entries)
        try await world.tamper { _ in }
        var numbers = SeededNumbers(5)
        for turn in 0..<Self.edits {
            let edit = Edit.random(entries: Self.entries, &numbers)
            let reading = try await world.reading { try edit.apply(to: $0) }
            let fault = try #require(reading.fault, "turn \(turn): \(edit) went unnoticed")
            #expect(edit.expected.contains(fault.firstIndex), "turn \(turn): \(edit) was found at \(fault)")
        }
        // The log itself was never changed.
        #expect(try await world.store.readAuditTree(rootsAt: []).fault == nil)
    }

    @Test("AUD-05: with the triggers in place an entry can be neither changed nor removed")
    func triggers() async throws {
        let world = try AuditWorld()
        try await world.append(16)
        for sql in [
            #"DELETE FROM audit_log WHERE "index" = 2"#, "UPDATE audit_log SET subject = 'x'",
            "UPDATE audit_log SET leaf_hash = NULL", "DELETE FROM audit_nodes", "UPDATE audit_nodes SET hash = x''",
        ] {
            await #expect(throws: (any Error).self) {
                try await world.store.writer.write { try $0.execute(sql: sql) }
            }
        }
        #expect(try await world.verify().problem == nil)
    }

    /// One thing that somebody does to the tables.
    private enum Edit: CustomStringConvertible {
        case text(entry: Int, column: String, replacement: String)
        case number(entry: Int, column: String, by: Int64)
        case bit(entry: Int, octet: Int, bit: Int)
        case remove(Int)
        case swap(Int, Int)
        case duplicate(Int)
        case node(position: Int, octet: Int)
        case frontier(octet: Int)
        case size(Int64)
        case plant(level: Int, position: Int)

        static func random(entries: Int, _ numbers: inout SeededNumbers) -> Edit {
            let entry = Int.random(in: 1...entries, using: &numbers)
            switch Int.random(in: 0..<13, using: &numbers) {
            case 0, 1, 2:
                let column = ["actor_kind", "actor_id", "action", "outcome"].randomElement(using: &numbers) ?? ""
                return .text(entry: entry, column: column, replacement: "x\(numbers.next())")
            case 3:
                let column = ["outcome_code", "tenant", "subject", "key_id"].randomElement(using: &numbers) ?? ""
                return .text(entry: entry, column: column, replacement: "x\(numbers.next())")
            case 4: return .number(entry: entry, column: "at", by: Int64.random(in: 1...9, using: &numbers))
            case 5:
                return .bit(entry: entry, octet: Int.random(in: 0..<32, using: &numbers), bit: Int(numbers.next() % 8))
            case 6: return .remove(entry)
            case 7: return .swap(entry, entry % entries + 1)
            case 8: return .duplicate(entry)
            case 9: return .node(position: Int.random(in: 0..<3, using: &numbers), octet: Int(numbers.next() % 32))
            case 10: return .frontier(octet: Int(numbers.next() % 128))
            case 11: return .plant(level: Int.random(in: 4...9, using: &numbers), position: 3 + Int(numbers.next() % 5))
            default: return .size(Bool.random(using: &numbers) ? 1 : -1)
            }
        }

        /// Where reading may say that the fault begins.
        var expected: ClosedRange<Int64> {
            switch self {
            case .text(let entry, _, _), .number(let entry, _, _), .bit(let entry, _, _), .remove(let entry):
                Int64(entry)...Int64(entry)
            case .swap(let one, let other): Int64(min(one, other))...Int64(min(one, other))
            case .duplicate, .plant: Int64(TamperTests.entries) + 1...Int64(TamperTests.entries) + 1
            case .node(let position, _): Int64(position * 16 + 1)...Int64(position * 16 + 16)
            // The last sixteenth's entries are vouched for by the head alone.
            case .frontier, .size: 1...Int64(TamperTests.entries) + 1
            }
        }

        func apply(to database: Database) throws {
            try database.execute(sql: "PRAGMA ignore_check_constraints = 1")
            switch self {
            case .text(let entry, let column, let replacement):
                try database.execute(
                    sql: "UPDATE audit_log SET \(column) = ? WHERE \"index\" = ?", arguments: [replacement, entry])
            case .number(let entry, let column, let by):
                try database.execute(
                    sql: "UPDATE audit_log SET \(column) = \(column) + ? WHERE \"index\" = ?", arguments: [by, entry])
            case .bit(let entry, let octet, let bit):
                try Self.flip("audit_log", "leaf_hash", #""index" = \#(entry)"#, octet, 1 << bit, database)
            case .remove(let entry):
                try database.execute(sql: #"DELETE FROM audit_log WHERE "index" = ?"#, arguments: [entry])
            case .swap(let one, let other):
                for (from, to) in [(one, -1), (other, one), (-1, other)] {
                    try database.execute(
                        sql: #"UPDATE audit_log SET "index" = ? WHERE "index" = ?"#, arguments: [to, from])
                }
            case .duplicate(let entry):
                try database.execute(
                    sql: """
                        INSERT INTO audit_log SELECT \(TamperTests.entries + 1), at, actor_kind, actor_id, action, outcome,
                            outcome_code, tenant, connection_id, subject, generation, key_id, leaf_hash
                        FROM audit_log WHERE "index" = \(entry)
                        """)
            case .node(let position, let octet):
                try Self.flip("audit_nodes", "hash", "level = 4 AND position = \(position)", octet, 1, database)
            case .frontier(let octet): try Self.flip("audit_head", "frontier", "id = 1", octet, 1, database)
            case .size(let by):
                try database.execute(sql: "UPDATE audit_head SET size = size + ?", arguments: [by])
            case .plant(let level, let position):
                try database.execute(
                    sql: "INSERT INTO audit_nodes VALUES (?, ?, ?)",
                    arguments: [level, position, Data(repeating: 1, count: 32)])
            }
        }

        private static func flip(
            _ table: String, _ column: String, _ condition: String, _ octet: Int, _ mask: UInt8, _ database: Database
        ) throws {
            var octets = Array(
                try Data.fetchOne(database, sql: "SELECT \(column) FROM \(table) WHERE \(condition)") ?? Data())
            octets[octet % octets.count] ^= mask
            try database.execute(
                sql: "UPDATE \(table) SET \(column) = ? WHERE \(condition)", arguments: [Data(octets)])
        }

        var description: String {
            switch self {
            case .text(let entry, let column, _): "text \(column) of \(entry)"
            case .number(let entry, let column, let by): "\(column) of \(entry) by \(by)"
            case .bit(let entry, let octet, let bit): "bit \(octet).\(bit) of \(entry)"
            case .remove(let entry): "remove \(entry)"
            case .swap(let one, let other): "swap \(one) and \(other)"
            case .duplicate(let entry): "duplicate \(entry)"
            case .node(let position, let octet): "node \(position).\(octet)"
            case .frontier(let octet): "frontier \(octet)"
            case .size(let by): "size by \(by)"
            case .plant(let level, let position): "planted node \(level).\(position)"
            }
        }
    }
}
