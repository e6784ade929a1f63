package import FoundationEssentials
import GRDB
package import GatewayCore

// What an operator asks about the database itself. No part of the store's promises: another database has other questions.
extension SQLiteStore {
    /// What SQLite's quick check finds; empty when all is well. Leaves out what would take long: whether indexes agree with
    /// their tables.
    package func quickCheckProblems() async throws -> [String] {
        try await read { database in
            try String.fetchAll(database, sql: "PRAGMA quick_check(20)").filter { $0 != "ok" }
        }
    }

    /// What an action last was about. Nil when it never happened.
    package func lastSubject(of action: AuditAction) async throws -> String? {
        try await read { database in
            try String.fetchOne(
                database, sql: #"SELECT subject FROM audit_log WHERE action = ? ORDER BY "index" DESC LIMIT 1"#,
                arguments: [action.rawValue])
        }
    }

    /// When something last happened: this, or anything at all. Nil when it never did.
    package func lastTime(of action: AuditAction? = nil) async throws -> Date? {
        try await read { database in
            let condition = action == nil ? "" : "WHERE action = ?"
            let milliseconds = try Int64.fetchOne(
                database, sql: #"SELECT "at" FROM audit_log \#(condition) ORDER BY "index" DESC LIMIT 1"#,
                arguments: action.map { [$0.rawValue] } ?? [])
            return milliseconds.map { Date(timeIntervalSince1970: Double($0) / 1000) }
        }
    }
}
