import Foundation

@testable import GatewayWeb

/// Where the tests find things, all relative to the package.
enum PagesPlace {
    static let tests = URL(filePath: #filePath).deletingLastPathComponent()
    static let package = tests.deletingLastPathComponent().deletingLastPathComponent()
    static let templates = package.appending(path: "templates")
    static let snapshots = tests.appending(path: "Snapshots")

    /// The collections of hostile strings, where they are at hand.
    static var naughtyStrings: [String] {
        let shared =
            ProcessInfo.processInfo.environment["LATCHKEY_SHARED"].map { URL(filePath: $0) }
            ?? package.deletingLastPathComponent().appending(path: "shared")
        guard let data = try? Data(contentsOf: shared.appending(path: "vectors/url/blns.json")) else { return [] }
        return (try? JSONDecoder().decode([String].self, from: data)) ?? []
    }

    static func renderer() throws -> PageRenderer {
        try PageRenderer(directory: templates.path(percentEncoded: false))
    }
}

/// The tags of an HTML text, read scalar by scalar as a browser does.
struct PageTags {
    struct Tag: Equatable {
        let name: String
        let attributes: [String: String]
    }

    let tags: [Tag]

    /// Names only: what must stay the same whatever the texts are.
    var skeleton: [String] {
        tags.map { "\($0.name) \($0.attributes.keys.sorted().joined(separator: " "))" }
    }

    init(_ html: String) {
        var tags: [Tag] = []
        let scalars = Array(html.unicodeScalars)
        var index = 0
        while index < scalars.count {
            if scalars[index] == "<" {
                index += 1
                tags.append(Self.tag(scalars, &index))
            } else {
                index += 1
            }
        }
        self.tags = tags
    }

    private static func tag(_ scalars: [Unicode.Scalar], _ index: inout Int) -> Tag {
        let name = word(scalars, &index)
        var attributes: [String: String] = [:]
        while index < scalars.count, scalars[index] != ">" {
            let attribute = word(scalars, &index)
            guard index < scalars.count, scalars[index] == "=" else {
                if attribute.isEmpty { index += 1 } else { attributes[attribute] = "" }
                continue
            }
            index += 1
            attributes[attribute] = quoted(scalars, &index)
        }
        return Tag(name: name, attributes: attributes)
    }

    private static func word(_ scalars: [Unicode.Scalar], _ index: inout Int) -> String {
        var word = String.UnicodeScalarView()
        while index < scalars.count, !" \n\t=>".unicodeScalars.contains(scalars[index]) {
            word.append(scalars[index])
            index += 1
        }
        return String(word)
    }

    private static func quoted(_ scalars: [Unicode.Scalar], _ index: inout Int) -> String {
        var value = String.UnicodeScalarView()
        guard index < scalars.count, scalars[index] == "\"" else { return "unquoted" }
        index += 1
        while index < scalars.count, scalars[index] != "\"" {
            value.append(scalars[index])
            index += 1
        }
        index += 1
        return String(value)
    }
}
