/// JSON as an untrusted peer sends it, read without any tolerance.
///
/// Only well-formed UTF-8 (RFC 8259, section 8.1) without a byte-order mark, no duplicate names, nothing after the
/// value, bounded in bytes, depth and number of values. A lenient reader lets two programs see two different answers in
/// the same bytes: the first or the last of two `access_token` members, for example.
package enum StrictJSON {
    package static let maximumDepth = 32
    package static let maximumValues = 10_000

    /// Reads one JSON text of at most `maximumBytes`.
    package static func read(_ bytes: [UInt8], maximumBytes: Int) throws(StrictJSONError) -> JSONValue {
        guard bytes.count <= maximumBytes else { throw .tooLarge }
        guard !bytes.starts(with: [0xEF, 0xBB, 0xBF]) else { throw .byteOrderMark }
        guard String(validating: bytes, as: UTF8.self) != nil else { throw .notUTF8 }
        var reader = StrictJSONReader(bytes: bytes)
        let value = try reader.value(depth: 0)
        try reader.finish()
        return value
    }
}

/// Why bytes are not acceptable JSON. A closed list; nothing of the input is repeated.
package enum StrictJSONError: String, Error, Sendable, CaseIterable {
    case tooLarge = "too_large"
    case byteOrderMark = "byte_order_mark"
    case notUTF8 = "not_utf8"
    case endedEarly = "ended_early"
    case malformed = "malformed"
    case duplicateMember = "duplicate_member"
    case tooDeep = "too_deep"
    case tooManyValues = "too_many_values"
    case numberOutOfRange = "number_out_of_range"
    case trailingBytes = "trailing_bytes"
}
