extension StringProtocol {
    /// Whether there is nothing in it but ASCII digits. A sign, a space or another script's digit was meant otherwise, and
    /// `Int` takes some of them.
    package var hasOnlyDigits: Bool {
        utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}
