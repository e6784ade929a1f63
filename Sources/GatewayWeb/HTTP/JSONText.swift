import FoundationEssentials
import GatewayCore
import NIOCore

/// JSON written by hand, octet by octet, for the one answer that is asked for thousands of times a second.
struct JSONText {
    private(set) var buffer: ByteBuffer

    init(capacity: Int) {
        buffer = ByteBuffer()
        buffer.reserveCapacity(capacity)
    }

    /// Punctuation and member names: literals of ours, written as they are.
    mutating func raw(_ text: StaticString) { buffer.writeStaticString(text) }

    mutating func integer(_ number: UInt64) { buffer.writeString(String(number)) }

    mutating func string(_ text: String) {
        var text = text
        text.withUTF8 { unsafe quoted($0) }
    }

    /// Exposed while it is written and not before.
    mutating func string(_ secret: Secret) {
        secret.exposeBytes { span in unsafe span.withUnsafeBytes { unsafe quoted($0) } }
    }

    /// Null or `2026-01-31T23:59:59Z`.
    mutating func date(_ date: Date?) {
        guard let date else { return raw("null") }
        raw("\"")
        let seconds = Int64(date.timeIntervalSince1970.rounded(.down))
        let (days, rest) = Self.divided(seconds, by: 86_400)
        let (year, month, day) = Self.civil(days)
        padded(year, 4)
        raw("-")
        padded(month, 2)
        raw("-")
        padded(day, 2)
        raw("T")
        padded(rest / 3600, 2)
        raw(":")
        padded(rest / 60 % 60, 2)
        raw(":")
        padded(rest % 60, 2)
        raw("Z\"")
    }

    private mutating func quoted(_ octets: some Sequence<UInt8>) {
        buffer.writeInteger(UInt8(ascii: "\""))
        for octet in octets {
            switch octet {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                buffer.writeInteger(UInt8(ascii: "\\"))
                buffer.writeInteger(octet)
            case 0..<0x20:
                let digits = String(octet, radix: 16)
                buffer.writeString(octet < 0x10 ? "\\u000\(digits)" : "\\u00\(digits)")
            default: buffer.writeInteger(octet)
            }
        }
        buffer.writeInteger(UInt8(ascii: "\""))
    }

    private mutating func padded(_ number: Int64, _ width: Int) {
        let digits = String(number)
        for _ in digits.utf8.count..<max(width, digits.utf8.count) { buffer.writeInteger(UInt8(ascii: "0")) }
        buffer.writeString(digits)
    }

    /// Rounded towards the past, so that the rest is never negative.
    private static func divided(_ number: Int64, by divisor: Int64) -> (Int64, Int64) {
        let rest = (number % divisor + divisor) % divisor
        return ((number - rest) / divisor, rest)
    }

    /// Howard Hinnant's `civil_from_days`: years begin in March, eras last 400 years.
    private static func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = divided(days + 719_468, by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }
}
