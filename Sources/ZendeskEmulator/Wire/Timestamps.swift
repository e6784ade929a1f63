package import FoundationEssentials

extension Date {
    /// ISO 8601 in UTC with whole seconds, as every recorded body has it.
    package var zendeskText: String {
        Date(timeIntervalSince1970: timeIntervalSince1970.rounded(.down)).formatted(.iso8601)
    }

    /// IMF-fixdate of RFC 9110, 5.6.7.
    var httpText: String {
        let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let iso = zendeskText
        let parts = iso.split { "-T:Z".contains($0) }.map(String.init)
        guard parts.count == 6, let month = Int(parts[1]), (1...12).contains(month) else { return iso }
        let weekday = Int((timeIntervalSince1970 / 86_400).rounded(.down)) % 7
        return "\(days[(weekday + 7) % 7]), \(parts[2]) \(months[month - 1]) \(parts[0]) "
            + "\(parts[3]):\(parts[4]):\(parts[5]) GMT"
    }
}

extension JSONValue {
    static func time(_ date: Date?) -> JSONValue {
        date.map { .string($0.zendeskText) } ?? .null
    }
}
