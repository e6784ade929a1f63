@testable import GatewayCore

/// The grammar a second time, read from left to right with a cursor; it shares no code with the first.
struct ReferenceGrammar {
    private let octets: [UInt8]
    private var position = 0

    /// The label that the octets of an input stand for under `zendesk.com`; nil for a refusal.
    static func label(in octets: [UInt8]) -> String? {
        guard octets.count <= 2_048 else { return nil }
        var reader = ReferenceGrammar(octets: octets)
        return reader.read()
    }

    private init(octets: [UInt8]) { self.octets = octets }

    private mutating func read() -> String? {
        while take(" ") {}
        let hadScheme = take("https://")
        var label = ""
        while position < octets.count {
            let letter = Character(Unicode.Scalar(octets[position]))
            guard "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-".contains(letter) else { break }
            label += letter.lowercased()
            position += 1
        }
        let hadDomain = take(".zendesk.com")
        guard hadDomain || !hadScheme else { return nil }
        if hadDomain, take("/") {
            while position < octets.count, octets[position] > 0x20, octets[position] < 0x7F { position += 1 }
        }
        while take(" ") {}
        guard position == octets.count, isLabel(label), hadDomain || !isAddress(label) else { return nil }
        return label
    }

    /// Moves past `literal` in any case, or stays.
    private mutating func take(_ literal: String) -> Bool {
        var probe = position
        for wanted in literal.utf8 {
            guard probe < octets.count else { return false }
            let isLetter = (97...122).contains(wanted)
            guard octets[probe] == wanted || (isLetter && octets[probe] == wanted - 32) else { return false }
            probe += 1
        }
        position = probe
        return true
    }

    private func isLabel(_ label: String) -> Bool {
        let letters = Array(label)
        if letters.count < 3 || letters.count > 63 { return false }
        if letters[0] == "-" || letters[letters.count - 1] == "-" { return false }
        if letters.count > 3, letters[2] == "-", letters[3] == "-" { return false }
        return !HostPolicy.usuallyReserved.contains(label)
    }

    private func isAddress(_ label: String) -> Bool {
        let isOctal = label.first == "0" && label.allSatisfy { "01234567".contains($0) }
        let base = label.hasPrefix("0x") ? 16 : isOctal ? 8 : 10
        var value = 0
        for letter in label.dropFirst(base == 16 ? 2 : 0) {
            guard let digit = letter.hexDigitValue, digit < base else { return false }
            value = min(value * base + digit, 1 << 40)
        }
        return value >= 1 << 24 && value < 1 << 32
    }
}

/// What the code under test makes of the octets; invalid UTF-8 arrives repaired, as it does from a form.
func parsedLabel(_ octets: [UInt8], policy: HostPolicy = .zendesk) -> String? {
    parsedLabel(String(decoding: octets, as: UTF8.self), policy: policy)
}

func parsedLabel(_ input: String, policy: HostPolicy = .zendesk) -> String? {
    try? OrganizationURL(parsing: input, policy: policy).subdomain
}

/// Why an input is refused; nil when it is accepted.
func refusal(_ input: String, policy: HostPolicy = .zendesk) -> OrganizationURLRefusal.Reason? {
    do throws(OrganizationURLRefusal) {
        _ = try OrganizationURL(parsing: input, policy: policy)
        return nil
    } catch {
        return error.reason
    }
}

/// SplitMix64: the same numbers in every run.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
