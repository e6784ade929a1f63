/// What a sealed record is bound to: it opens in this place, in this generation, and nowhere else.
package struct SealingContext: Sendable, Equatable {
    package let tenant: String
    package let table: String
    package let row: String
    package let column: String
    /// Rises with every new value of the column, so that an older record does not open in the place of a newer one.
    package let generation: UInt64
    package let organization: String

    package init(
        tenant: String, table: String, row: String, column: String, generation: UInt64, organization: String
    ) {
        self.tenant = tenant
        self.table = table
        self.row = row
        self.column = column
        self.generation = generation
        self.organization = organization
    }

    /// `format 1 · algorithm 1 · key id 4 · generation 8`, then each text behind its length in four octets: two different
    /// contexts never give the same octets.
    func binding(keyID: DataKeyID) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(14 + 5 * 4 + texts.reduce(0) { $0 + $1.utf8.count })
        output.append(SealedRecord.format)
        output.append(SealedRecord.algorithm)
        output.appendBigEndian(keyID.number)
        output.appendBigEndian(generation)
        for text in texts {
            output.appendBigEndian(UInt32(truncatingIfNeeded: text.utf8.count))
            output.append(contentsOf: text.utf8)
        }
        return output
    }

    private var texts: [String] { [tenant, table, row, column, organization] }
}

extension [UInt8] {
    mutating func appendBigEndian(_ number: some FixedWidthInteger & UnsignedInteger) {
        for shift in stride(from: number.bitWidth - 8, through: 0, by: -8) {
            append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }
}
