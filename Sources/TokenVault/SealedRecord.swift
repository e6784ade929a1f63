package import GatewayCore

/// Octets that have the shape of a record: `LKSR · format 1 · algorithm 1 · key id 4 · salt 32 · commitment 32 · nonce 12
/// · ciphertext · tag 16`. Whether they open is another question.
package struct SealedRecord: Sendable, Equatable {
    static let magic: [UInt8] = Array("LKSR".utf8)
    static let format: UInt8 = 1
    /// AES-256-GCM; record key and commitment by SP 800-108 in counter mode with HMAC-SHA-512.
    static let algorithm: UInt8 = 1
    static let prefixCount = 10

    package let bytes: [UInt8]
    package let keyID: DataKeyID

    init(unchecked bytes: [UInt8], keyID: DataKeyID) {
        self.bytes = bytes
        self.keyID = keyID
    }

    /// Reads the version first and tolerates nothing.
    package init(parsing bytes: [UInt8]) throws(SealedRecordError) {
        guard bytes.starts(with: SealedRecord.magic) else { throw .notARecord }
        guard bytes.count > 5 else { throw .wrongLength }
        guard bytes[4] == SealedRecord.format else { throw .unknownFormat(bytes[4]) }
        guard bytes[5] == SealedRecord.algorithm else { throw .unknownAlgorithm(bytes[5]) }
        guard PaddedBody.isPossible(bytes.count - SealedRecord.prefixCount - SealingEngine.overhead) else {
            throw .wrongLength
        }
        self.bytes = bytes
        keyID = DataKeyID(bytes[6..<10].reduce(0) { $0 << 8 | UInt32($1) })
    }

    static func prefix(keyID: DataKeyID) -> [UInt8] {
        var output = magic
        output.reserveCapacity(prefixCount)
        output.append(format)
        output.append(algorithm)
        output.appendBigEndian(keyID.number)
        return output
    }
}

/// Why octets are not a record.
package enum SealedRecordError: Explained, Equatable {
    case notARecord
    case unknownFormat(UInt8)
    case unknownAlgorithm(UInt8)
    case wrongLength

    package var explanation: Explanation {
        let restore = "Restore the row from a backup, or connect the organization again."
        let upgrade = "Run the version of the gateway that wrote it, or a later one."
        return switch self {
        case .notARecord:
            Explanation(
                code: "sealed_record.not_a_record", message: "The stored bytes are not a sealed record.",
                remedy: restore)
        case .unknownFormat(let number):
            Explanation(
                code: "sealed_record.unknown_format",
                message: "The sealed record has format \(number), which this version cannot read.", remedy: upgrade)
        case .unknownAlgorithm(let number):
            Explanation(
                code: "sealed_record.unknown_algorithm",
                message: "The sealed record uses algorithm \(number), which this version cannot read.", remedy: upgrade)
        case .wrongLength:
            Explanation(
                code: "sealed_record.wrong_length",
                message: "The sealed record is cut short or has something behind it.", remedy: restore)
        }
    }
}
