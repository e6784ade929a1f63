import FoundationEssentials
import GRDB
import GatewayCore
import Storage

/// A row read without trust: what does not fit its type is damage, never a trap.
struct Record {
    let row: Row

    func text(_ column: String) throws -> String { try required(optionalText(column)) }
    func optionalText(_ column: String) throws -> String? { try optional(column) }
    func integer(_ column: String) throws -> Int64 { try required(optionalInteger(column)) }
    func optionalInteger(_ column: String) throws -> Int64? { try optional(column) }
    func bytes(_ column: String) throws -> [UInt8] { try required(optionalBytes(column)) }
    func optionalBytes(_ column: String) throws -> [UInt8]? { try (optional(column) as Data?).map { [UInt8]($0) } }
    func date(_ column: String) throws -> Date { try required(optionalDate(column)) }
    func optionalDate(_ column: String) throws -> Date? { try optionalInteger(column).map(Date.init(milliseconds:)) }

    func word<Word: RawRepresentable<String>>(_ column: String) throws -> Word {
        try required(Word(rawValue: try text(column)))
    }

    func words<Word: RawRepresentable<String>>(_ column: String) throws -> [Word] {
        try text(column).split(separator: " ").map { try required(Word(rawValue: String($0))) }
    }

    func tenant(_ column: String = "tenant") throws -> TenantID { try required(TenantID(text(column))) }

    func identifier<Kind>(_ column: String) throws -> Identifier<Kind> { try required(Identifier(text(column))) }

    func optionalIdentifier<Kind>(_ column: String) throws -> Identifier<Kind>? {
        try optionalText(column).map { try required(Identifier($0)) }
    }

    private func optional<Value: DatabaseValueConvertible>(_ column: String) throws -> Value? {
        let stored: DatabaseValue = row[column]
        if stored.isNull { return nil }
        return try required(Value.fromDatabaseValue(stored))
    }

    func required<Value>(_ value: Value?) throws -> Value {
        guard let value else { throw StorageError.damaged }
        return value
    }
}

extension Date {
    var milliseconds: Int64 {
        let exact = (timeIntervalSince1970 * 1000).rounded()
        return Int64(exactly: exact) ?? (exact < 0 ? .min : .max)
    }

    init(milliseconds: Int64) {
        self.init(timeIntervalSince1970: Double(milliseconds) / 1000)
    }
}

extension UInt64 {
    /// SQLite's integers are signed; generations are only compared for equality, so the bits are enough.
    var stored: Int64 { Int64(bitPattern: self) }
}

extension Array<UInt8> {
    var data: Data { Data(self) }
}

extension Sequence where Element: RawRepresentable<String> {
    var spaced: String { map(\.rawValue).sorted().joined(separator: " ") }
}

extension Database {
    typealias Values = KeyValuePairs<String, (any DatabaseValueConvertible)?>

    /// Table and column names come from this target's own literals only.
    func insert(into table: String, _ values: Values) throws {
        let columns = values.map { "\"\($0.key)\"" }.joined(separator: ", ")
        let marks = values.map { _ in "?" }.joined(separator: ", ")
        try execute(
            sql: "INSERT INTO \(table) (\(columns)) VALUES (\(marks))",
            arguments: StatementArguments(values.map(\.value)))
    }

    func record(_ sql: String, _ arguments: StatementArguments = []) throws -> Record? {
        try Row.fetchOne(self, sql: sql, arguments: arguments).map(Record.init(row:))
    }

    func records(_ sql: String, _ arguments: StatementArguments = []) throws -> [Record] {
        try Row.fetchAll(self, sql: sql, arguments: arguments).map(Record.init(row:))
    }

    /// How many rows the statement changed.
    func change(_ sql: String, _ arguments: StatementArguments) throws -> Int {
        try execute(sql: sql, arguments: arguments)
        return changesCount
    }
}
