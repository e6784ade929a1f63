import Foundation
import Testing

@testable import GatewayWeb

@Suite("Pages against hostile texts (WEB-02, WEB-21, WEB-22, WEB-44)")
struct PagesEscapingTests {
    static let hostile = [
        "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onfocus='alert(1)", "javascript:alert(1)",
        "//evil.example/", "/\\evil.example", "{{formToken}}", "{{{formToken}}}", "&lt;script&gt;", "</title><script>",
        "\"\u{301} onfocus=alert(1) x=", "<\u{338}script>", "'\u{20DD}><svg onload=alert(1)>", "`onmouseover=alert(1)",
        "a\u{0}b", "\u{202E}gpj.exe", "0; url=https://evil.example", "--><script>", "]]>",
    ]

    @Test(arguments: hostile)
    func `a hostile text changes no tag and no attribute of any page`(_ text: String) throws {
        try expectSameSkeleton(text: text)
    }

    @Test
    func `the whole list of naughty strings changes no tag and no attribute of any page`() throws {
        let strings = PagesPlace.naughtyStrings
        let size = 64
        for start in stride(from: 0, to: strings.count, by: size) {
            try expectSameSkeleton(text: strings[start..<min(start + size, strings.count)].joined(separator: " "))
        }
    }

    @Test
    func `escaped text keeps no character that could be markup, accent or not`() {
        let markup = PageMarkup()
        for text in Self.hostile + PagesPlace.naughtyStrings {
            let scalars = markup.escapeText(text).unicodeScalars
            #expect(!scalars.contains { ["<", ">", "\"", "'", "`"].contains($0) }, "\(text)")
        }
    }

    @Test(arguments: PagesWorld.plain.samples.map(\.name))
    func `a page asks for nothing that the content security policy forbids`(_ name: String) throws {
        let renderer = try PagesPlace.renderer()
        let page = try #require(PagesWorld.plain.samples.first { $0.name == name }).page
        for tag in PageTags(renderer.render(page)).tags {
            if tag.name == "script" {
                // Ours alone, and nothing in it: what the policy of these pages allows.
                let source = page is DiagnosticsPage ? "/assets/diagnostics.js" : "/assets/security.js"
                #expect((page is DiagnosticsPage || page is SecurityPage) && tag.attributes["src"] == source)
                continue
            }
            #expect(!["style", "iframe", "object", "embed", "base"].contains(tag.name))
            #expect(tag.attributes.keys.allSatisfy { $0 != "style" && !$0.hasPrefix("on") }, "\(tag)")
            if tag.name == "link" { #expect(tag.attributes["href"]?.hasPrefix("/assets/") == true) }
            if tag.name == "form" { #expect(tag.attributes["action"]?.hasPrefix("/") == true) }
            #expect(tag.attributes["src"] == nil)
        }
        #expect(renderer.render(page).replacing("defer></script>", with: "").firstRange(of: "</script>") == nil)
    }

    private func expectSameSkeleton(text: String) throws {
        let renderer = try PagesPlace.renderer()
        // A path or an outside address may be refused and left out; the expectation is built with the same refusal.
        for (plain, hostile) in zip(PagesWorld.plain.samples, PagesWorld { _ in text }.samples) {
            let tags = PageTags(renderer.render(hostile.page))
            let allowed = Set(PageTags(renderer.render(plain.page)).skeleton)
            #expect(tags.skeleton.filter { !allowed.contains($0) } == [], "\(plain.name) with \(text)")
            for tag in tags.tags {
                guard let address = tag.attributes["href"] ?? tag.attributes["action"] else { continue }
                let isOwn = address.hasPrefix("/") && !address.hasPrefix("//") && !address.contains("\\")
                let isOutside = tag.name == "a" && (address.hasPrefix("http://") || address.hasPrefix("https://"))
                #expect(isOwn || address.hasPrefix("#") || isOutside, "\(plain.name): \(address)")
            }
        }
    }
}
