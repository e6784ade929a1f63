package import FoundationEssentials

extension Date {
    /// `24 November 2025, 14:03 UTC`, for sentences that people read.
    package var inWords: String {
        let clock = Self.universal.dateComponents([.year, .month, .day, .hour, .minute], from: self)
        let (day, month, year) = (clock.day ?? 1, clock.month ?? 1, clock.year ?? 1970)
        let (hour, minute) = (Self.padded(clock.hour ?? 0), Self.padded(clock.minute ?? 0))
        return "\(day) \(Self.months[(month - 1) % 12]) \(year), \(hour):\(minute) UTC"
    }

    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]

    private static let universal: Calendar = {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        return calendar
    }()

    private static func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
