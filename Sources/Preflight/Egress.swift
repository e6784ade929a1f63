import GatewayCore

/// The addresses our calls come from, as texts.
enum Egress {
    static func names(_ ranges: [IPRange]) -> String {
        ranges.map(\.description).joined(separator: ", ")
    }

    /// The end of a sentence that has told somebody to switch the restriction off.
    static func orAdd(_ ranges: [IPRange]) -> String {
        ranges.isEmpty ? "" : ", or add to the allowed ranges: \(names(ranges))"
    }
}
