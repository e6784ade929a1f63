/// Makes inputs that almost are organization URLs; the same ones in every run.
struct Mutator {
    private static let pieces: [[UInt8]] = [
        "https://", "http://", "//", "/", "\\", "@", ":", ":443", ".", "..", "-", "--", "?", "#", "%", "%2e", "%00",
        " ",
        "\t", "\r\n", "\0", "\u{7F}", "\u{200B}", "\u{FF0E}", "\u{212A}", ".zendesk.com", "zendesk.com", ".com", "xn--",
        "evil.com", "acme", "www", "A", "0", "9", "_", "0x", "zendesk",
    ].map { Array($0.utf8) }

    private let corpus: [[UInt8]]
    private var generator = SeededGenerator(state: 20_250_101)

    init(corpus: [[UInt8]]) { self.corpus = corpus }

    mutating func next() -> [UInt8] {
        var octets = corpus.randomElement(using: &generator) ?? []
        for _ in 0..<Int.random(in: 1...3, using: &generator) { mutate(&octets) }
        return octets
    }

    private mutating func mutate(_ octets: inout [UInt8]) {
        let position = Int.random(in: 0...octets.count, using: &generator)
        switch Int.random(in: 0..<8, using: &generator) {
        case 0: octets.insert(UInt8.random(in: 0...255, using: &generator), at: position)
        case 1: octets.insert(UInt8.random(in: 0x21...0x7E, using: &generator), at: position)
        case 2: octets.insert(contentsOf: Self.pieces.randomElement(using: &generator) ?? [], at: position)
        case 3 where position < octets.count: octets.remove(at: position)
        case 4 where position < octets.count: octets[position] ^= 0x20
        case 5 where position < octets.count: octets[position] = UInt8.random(in: 0x2D...0x7A, using: &generator)
        case 6: octets = Array(octets[..<position]) + (corpus.randomElement(using: &generator) ?? [])
        default: octets.append(contentsOf: octets[position...])
        }
    }
}
