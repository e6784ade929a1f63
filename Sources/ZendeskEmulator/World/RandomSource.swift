import FoundationEssentials

/// Where codes, tokens and identifiers come from; a test may pass one that counts.
package struct RandomSource: Sendable {
    package var bytes: @Sendable (Int) -> [UInt8]

    package init(bytes: @escaping @Sendable (Int) -> [UInt8]) {
        self.bytes = bytes
    }

    package static let system = RandomSource { count in
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    func hex(_ count: Int) -> String {
        bytes(count).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    func base64URL(_ count: Int) -> String {
        Data(bytes(count)).base64URLText
    }
}

extension Data {
    /// RFC 4648, section 5, without padding.
    var base64URLText: String {
        base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}

/// The two things no rule may read by itself: the time and chance.
struct Moment: Sendable {
    let now: Date
    let random: RandomSource
}
