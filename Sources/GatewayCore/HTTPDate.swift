package import FoundationEssentials

/// Dates in headers: IMF-fixdate of RFC 9110, section 5.6.7. The two obsolete forms are not read; nobody sends them.
package enum HTTPDate {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// Reads `Sun, 06 Nov 1994 08:49:37 GMT`; nil for anything else. The name of the day is not compared.
    package static func parse(_ text: String) -> Date? {
        let pieces = text.split(separator: " ", omittingEmptySubsequences: false)
        guard pieces.count == 6, pieces[0].utf8.count == 4, pieces[0].hasSuffix(","), pieces[5] == "GMT",
            let day = number(pieces[1], digits: 2, in: 1...31), let month = months.firstIndex(of: String(pieces[2])),
            let year = number(pieces[3], digits: 4, in: 1970...9999)
        else { return nil }
        let time = pieces[4].split(separator: ":", omittingEmptySubsequences: false)
        guard time.count == 3, let hour = number(time[0], digits: 2, in: 0...23),
            let minute = number(time[1], digits: 2, in: 0...59), let second = number(time[2], digits: 2, in: 0...60)
        else { return nil }
        let days = daysSince1970(year: year, month: month + 1, day: day)
        return Date(timeIntervalSince1970: Double(((days * 24 + hour) * 60 + minute) * 60 + second))
    }

    private static func number(_ text: Substring, digits: Int, in range: ClosedRange<Int>) -> Int? {
        guard text.utf8.count == digits, text.hasOnlyDigits,
            let number = Int(text), range.contains(number)
        else { return nil }
        return number
    }

    /// In the Gregorian calendar, counting years from March so that the leap day is a year's last.
    private static func daysSince1970(year: Int, month: Int, day: Int) -> Int {
        let shifted = month > 2 ? year : year - 1
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
