import ArgumentParser
import GatewayCore
import Storage

// Values of ours as arguments: what does not parse is wrong usage, said by the parser itself.
extension TenantID: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}

extension Identifier: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}

extension ConnectionStatus: ExpressibleByArgument {}

/// A comma-separated list of words from a closed list.
struct WordList<Word: RawRepresentable & CaseIterable & Hashable & Sendable>: Sendable
where Word.RawValue == String {
    let words: Set<Word>

    /// Throws wrong usage that names the word and the ones there are.
    init(_ text: String, what: String) throws {
        var words: Set<Word> = []
        for piece in text.split(separator: ",").map({ $0.filter { $0 != " " } }) {
            guard let word = Word(rawValue: piece) else {
                throw ValidationError(
                    "There is no \(what) \(LogText.escaped(piece)). There are: "
                        + Word.allCases.map(\.rawValue).joined(separator: ", ") + ".")
            }
            words.insert(word)
        }
        guard !words.isEmpty else { throw ValidationError("Name at least one \(what).") }
        self.words = words
    }
}
