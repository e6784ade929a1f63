import Foundation
import GatewayCore
import Testing

@testable import GatewayWeb

/// What a model offers to a template, merged over many values of it, so that an empty list hides nothing.
private struct Shape {
    var fields: [String: [Any]] = [:]

    init(of values: [Any]) {
        for value in values where !(value is String) && !(value is Bool) {
            for child in Mirror(reflecting: value).children {
                guard let label = child.label else { continue }
                fields[label, default: []].append(child.value)
            }
        }
    }

    func isOptional(_ name: String) -> Bool {
        fields[name, default: []].contains { Mirror(reflecting: $0).displayStyle == .optional }
    }

    /// The values inside, with optionals and lists opened.
    func inner(_ name: String) -> [Any] {
        fields[name, default: []].flatMap { value -> [Any] in
            let mirror = Mirror(reflecting: value)
            switch mirror.displayStyle {
            case .optional, .collection: return mirror.children.map(\.value)
            default: return [value]
            }
        }
    }
}

/// Walks a template with the shapes of the models around each tag.
private struct ContractWalk {
    let texts: [String: String]
    var problems: [String] = []

    mutating func walk(_ template: String, stack: [Shape]) {
        guard let text = texts[template] else { return problems.append("\(template) does not exist") }
        walk(TemplateSource.tags(in: text), in: template, stack: stack)
    }

    mutating func walk(_ tags: [String], in template: String, stack outer: [Shape]) {
        var stack = outer
        var opened: [String] = []
        for tag in tags {
            let name = String(tag.dropFirst())
            switch tag.first {
            case ">", "<": walk(name, stack: stack)
            case "$", "!": continue
            case "#":
                stack.append(Shape(of: values(name, stack, template)))
                opened.append(name)
            case "^": _ = values(name, stack, template)
            case "/":
                guard opened.last == name else { continue }
                opened.removeLast()
                stack.removeLast()
            default: expectText(tag, stack, template)
            }
        }
    }

    private mutating func values(_ path: String, _ stack: [Shape], _ template: String) -> [Any] {
        let names = path.split(separator: ".").map(String.init)
        guard let first = names.first, let depth = stack.lastIndex(where: { $0.fields[first] != nil }) else {
            problems.append("\(template): {{\(path)}} is no stored property around it")
            return []
        }
        // An empty optional lets Mustache look further out, where a field of the same name would be shown instead.
        if stack[depth].isOptional(first), stack[..<depth].contains(where: { $0.fields[first] != nil }) {
            problems.append("\(template): {{\(path)}} is optional and hides a field further out")
        }
        return names.dropFirst().reduce(stack[depth].inner(first)) { Shape(of: $0).inner($1) }
    }

    private mutating func expectText(_ tag: String, _ stack: [Shape], _ template: String) {
        guard tag != "." else { return }
        let found = values(tag, stack, template)
        if found.isEmpty || !found.allSatisfy({ $0 is String }) {
            problems.append("\(template): {{\(tag)}} is not a text in any sample")
        }
    }
}

@Suite("Pages and their templates")
struct PagesContractTests {
    private static func texts() throws -> [String: String] {
        let files = try FileManager.default.contentsOfDirectory(
            at: PagesPlace.templates, includingPropertiesForKeys: nil)
        let pairs = try files.filter { $0.pathExtension == "mustache" }.map {
            ($0.deletingPathExtension().lastPathComponent, try String(contentsOf: $0, encoding: .utf8))
        }
        return Dictionary(uniqueKeysWithValues: pairs)
    }

    @Test
    func `each tag of each template is a stored property of its page or of the section around it`() throws {
        var walk = ContractWalk(texts: try Self.texts())
        for kind in PageRenderer.pages {
            let samples = PagesWorld.plain.samples.map(\.page).filter { type(of: $0) == kind }
            #expect(!samples.isEmpty, "\(kind) has samples")
            var shape = Shape(of: samples)
            shape.fields["frame", default: []].append(PagesWorld.plain.greeted)
            walk.walk(kind.template, stack: [shape])
        }
        #expect(walk.problems == [])
    }

    @Test
    func `each page that there is stands in the list whose templates are looked for at the start`() {
        let listed = Set(PageRenderer.pages.map { ObjectIdentifier($0) })
        for sample in PagesWorld.plain.samples {
            #expect(listed.contains(ObjectIdentifier(type(of: sample.page))), "\(sample.name)")
        }
    }

    @Test(arguments: NoticePage.Occasion.allCases)
    func `no notice sends its reader to an operator, and a command comes after the way back to a product`(
        occasion: NoticePage.Occasion
    ) {
        let words = occasion.words
        #expect(!"\(words.sentence) \(words.whatToDo)".contains("operator"))
        guard [.signInNeeded, .signedOut].contains(occasion) else { return }
        #expect(words.whatToDo.hasPrefix("If another product sent you here, go back there") && words.command != nil)
    }

    @Test(arguments: RenewalOutcome.allCases)
    func `no outcome of a renewal speaks of an operator or of credentials`(outcome: RenewalOutcome) {
        #expect(!outcome.sentence.contains("operator") && !outcome.sentence.contains("credentials"))
    }

    @Test
    func `a tag that no model knows is noticed`() {
        var walk = ContractWalk(texts: ["page": "{{#frame}}{{titel}}{{/frame}}{{>gone}}"])
        walk.walk("page", stack: [Shape(of: [ContinuePage(path: "/")])])
        #expect(walk.problems.contains("page: {{titel}} is no stored property around it"))
        #expect(walk.problems.contains("gone does not exist"))
    }

    @Test
    func `models hold texts, truth values, lists and models only`() {
        func check(_ value: Any, _ path: String) {
            let mirror = Mirror(reflecting: value)
            switch mirror.displayStyle {
            case .struct where !(value is String) && !(value is Bool):
                for child in mirror.children { check(child.value, "\(path).\(child.label ?? "")") }
            case .optional, .collection: for child in mirror.children { check(child.value, path) }
            default: #expect(value is String || value is Bool, "\(path) is a \(type(of: value))")
            }
        }
        for sample in PagesWorld.plain.samples { check(sample.page, sample.name) }
    }

    @Test
    func `a directory with gaps is refused with the whole list`() throws {
        let place = FileManager.default.temporaryDirectory.appending(path: "latchkey-pages-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: place) }
        try Data("{{<layout}}{{/layout}}{{{raw}}}".utf8).write(to: place.appending(path: "notice.mustache"))
        try Data("{{#open}}".utf8).write(to: place.appending(path: "connect.mustache"))
        let error = #expect(throws: PageRendererError.self) {
            try PageRenderer(directory: place.path(percentEncoded: false))
        }
        let message = try #require(error).explanation.message
        for part in [
            "zendesk.mustache is missing", "layout.mustache, named in notice.mustache, is missing",
            "connect.mustache is not a valid template", "print without escaping",
        ] {
            #expect(message.contains(part), "\(part)")
        }
    }

    @Test(arguments: [
        ("/connections/1", "/connections/1"), ("//evil.example", "/integrations"), ("/\\evil.example", "/integrations"),
        ("https://evil.example", "/integrations"), ("", "/integrations"), ("/a b", "/integrations"),
        ("/a\r\nSet-Cookie: x", "/integrations"),
    ])
    func `a link of ours never leads elsewhere`(_ path: String, _ expected: String) {
        #expect(PageLink("x", path: path).href == expected)
    }

    @Test(arguments: [
        (0.0, "just now"), (-59, "just now"), (-60, "1 minute ago"), (-7300, "2 hours ago"), (90_000, "in 25 hours"),
        (30, "in less than a minute"), (864_000, "in 10 days"),
    ])
    func `a moment says how far away it is`(_ seconds: Double, _ words: String) {
        let moment = PageMoment(PagesWorld.now.addingTimeInterval(seconds), now: PagesWorld.now)
        #expect(moment.distance == words)
    }

    @Test
    func `a moment is exact and names its time zone`() {
        let moment = PageMoment(PagesWorld.now, now: PagesWorld.now)
        #expect(moment.text == "24 November 2025, 16:00 UTC")
        #expect(moment.machine == "2025-11-24T16:00:00Z")
    }
}
