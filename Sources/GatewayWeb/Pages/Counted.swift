/// Numbers in sentences.
enum Counted {
    /// `1 record`, `1,000 records`
    static func of(_ number: Int, _ noun: String) -> String {
        "\(grouped(number)) \(noun)\(number == 1 ? "" : "s")"
    }

    /// `less than a minute`, `3 minutes`, `2 hours`, `12 days`
    static func span(_ seconds: Double) -> String {
        switch seconds {
        case ..<60: "less than a minute"
        case ..<3600: of(Int(seconds / 60), "minute")
        case ..<172_800: of(Int(seconds / 3600), "hour")
        default: of(Int(min(seconds, 1e12) / 86_400), "day")
        }
    }

    /// `1,234,567`
    static func grouped(_ number: Int) -> String {
        let digits = Array(String(number.magnitude))
        let groups = stride(from: digits.count, to: 0, by: -3).map { end in String(digits[max(0, end - 3)..<end]) }
        return (number < 0 ? "-" : "") + groups.reversed().joined(separator: ",")
    }
}
