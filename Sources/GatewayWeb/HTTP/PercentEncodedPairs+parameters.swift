import GatewayCore
import HTTPTypes

// The parameters of an API call's query.
extension PercentEncodedPairs {
    func refuseOthers(than known: Set<String>) throws {
        guard names.allSatisfy(known.contains) else {
            throw WebRefusal(
                .badRequest, "request.unknown_parameter", "The query has a parameter that is not known here.",
                remedy: "Known are: \(known.sorted().joined(separator: ", ")).")
        }
    }

    /// Nil when it is not named. Digits and nothing else: what is empty, signed or padded was meant otherwise.
    func wholeNumber(_ name: String, in range: ClosedRange<Int64> = 0...Int64.max) throws -> Int64? {
        guard let text = self[name] else { return nil }
        guard text.hasOnlyDigits, let number = Int64(text), range.contains(number) else {
            throw WebRefusal(
                .badRequest, "request.bad_parameter", "The query parameter \(name) has a value that is not possible.",
                remedy: "Send a whole number from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }

    /// Nil when none is named.
    func pageSize(upTo maximum: Int) throws -> Int? {
        try wholeNumber("page_size", in: 1...Int64(maximum)).map { Int($0) }
    }
}
