import Configuration
import FoundationEssentials
import GatewayCore

/// Where settings come from, environment over file, and what turned out to be wrong with them so far.
package struct SettingsSource {
    private let reader: ConfigReader
    /// Where the service manager puts this service's credentials.
    let credentialsDirectory: String?
    package private(set) var problems: [SettingProblem] = []

    package init(environment: [String: String], file path: String?) {
        credentialsDirectory = environment["CREDENTIALS_DIRECTORY"]
        let ours = environment.filter { $0.key.hasPrefix(SettingName.prefix) }
        let file = path.map { SettingsFile(path: $0) }
        let inFile = Dictionary(uniqueKeysWithValues: (file?.values ?? [:]).map { ($0.key.variable, $0.value) })
        reader = ConfigReader(providers: [
            EnvironmentVariablesProvider(environmentVariables: ours.filter { !$0.value.isEmpty }),
            EnvironmentVariablesProvider(environmentVariables: inFile),
        ])
        problems += ours.keys.filter { SettingName(variable: $0) == nil }.sorted().map { name in
            UnknownSetting.problem(
                LogText.escaped(name), comparedAs: String(name.dropFirst(SettingName.prefix.count)))
        }
        problems += file?.problems ?? []
    }

    /// The value as text, without the white space around it; nil when unset or empty.
    func text(_ name: SettingName) -> String? {
        let key = ConfigKey(["latchkey", name.rawValue.lowercased()])
        guard let value = reader.string(forKey: key) else { return nil }
        let trimmed = value.trimmed(while: \.isWhitespace)
        return trimmed.isEmpty ? nil : String(trimmed)
    }

    /// Every setting that has a value, a line each: what a hash of the configuration is made of. Names of files, not what is
    /// in them.
    var configuration: String {
        SettingName.allCases.sorted { $0.rawValue < $1.rawValue }
            .compactMap { name in text(name).map { "\(name.variable)=\($0)\n" } }.joined()
    }

    mutating func refuse(_ name: SettingName, _ sentence: String) {
        problems.append(SettingProblem(name: name.variable, sentence: sentence))
    }

    /// A whole number in the range, or nil with a problem noted.
    mutating func number(_ name: SettingName, in range: ClosedRange<Int>, default fallback: Int) -> Int? {
        guard let text = text(name) else { return fallback }
        guard let number = Int(text), range.contains(number) else {
            refuse(name, "This must be a whole number from \(range.lowerBound) to \(range.upperBound).")
            return nil
        }
        return number
    }

    /// One of the words, or nil with a problem noted.
    mutating func choice<Value>(
        _ name: SettingName, _ words: KeyValuePairs<String, Value>, default fallback: Value
    ) -> Value? {
        guard let text = text(name) else { return fallback }
        guard let found = words.first(where: { $0.key == text }) else {
            refuse(name, "This must be one of: \(words.map(\.key).joined(separator: ", ")).")
            return nil
        }
        return found.value
    }

    func list(_ name: SettingName) -> [String] {
        (text(name) ?? "").split(separator: ",").map { String($0.trimmed(while: \.isWhitespace)) }
            .filter { !$0.isEmpty }
    }

    /// Addresses and ranges; each that is none is a problem noted.
    mutating func ranges(_ name: SettingName) -> [IPRange] {
        var ranges: [IPRange] = []
        for text in list(name) {
            guard let range = IPRange(text) else {
                refuse(name, "\(LogText.escaped(text)) is neither an IP address nor a range like 192.0.2.0/24.")
                continue
            }
            ranges.append(range)
        }
        return ranges
    }

    /// Throws everything that was noted; returns the value only when nothing was.
    package func finish<Value>(_ value: Value?) throws(SettingsError) -> Value {
        guard problems.isEmpty, let value else { throw SettingsError(problems: problems) }
        return value
    }
}
