import Foundation
package import GatewayCore
import Mustache

/// Every template, read and checked once at start. Rendering never fails and never asks the disk.
package struct PageRenderer: Sendable {
    /// The pages there are. A template for each must exist.
    static let pages: [any Page.Type] = [
        IntegrationsPage.self, ZendeskPage.self, AllConnectionsPage.self, ConnectPage.self, ConnectionPage.self,
        DiagnosticsPage.self, ColdDiagnosticsPage.self, NoticePage.self, ContinuePage.self, SecurityPage.self,
        ConfirmPage.self,
    ]

    private let library: MustacheLibrary

    /// Reads all templates of a directory and refuses with the full list of what is missing or broken.
    ///
    /// One fault at a time would mean one restart per fault, and a partial that is missing renders as nothing.
    package init(directory: String) throws(PageRendererError) {
        MustacheContentTypes.register(PageMarkup(), named: PageMarkup.name)
        var problems: [String] = []
        let sources = Self.sources(in: directory, problems: &problems)
        var templates: [String: MustacheTemplate] = [:]
        for source in sources {
            do {
                templates[source.name] = try MustacheTemplate(
                    string: "{{% CONTENT_TYPE: \(PageMarkup.name)}}\n" + source.text)
            } catch {
                problems.append("\(source.name).mustache is not a valid template")
            }
        }
        problems += Self.problems(of: sources)
        guard problems.isEmpty else { throw PageRendererError(directory: directory, problems: problems) }
        library = MustacheLibrary(templates: templates)
    }

    /// The page as HTML.
    func render(_ page: some Page) -> String {
        guard let html = library.render(page, withTemplate: type(of: page).template) else {
            preconditionFailure("\(type(of: page)) stands in no list of pages")
        }
        return html
    }

    private static func sources(in directory: String, problems: inout [String]) -> [TemplateSource] {
        let suffix = ".mustache"
        guard let files = try? FileManager.default.contentsOfDirectory(atPath: directory) else {
            problems.append("the directory cannot be read")
            return []
        }
        return files.filter { $0.hasSuffix(suffix) }.sorted().compactMap { file in
            guard let bytes = FileManager.default.contents(atPath: "\(directory)/\(file)"),
                let text = String(bytes: bytes, encoding: .utf8)
            else {
                problems.append("\(file) cannot be read as UTF-8")
                return nil
            }
            return TemplateSource(name: String(file.dropLast(suffix.count)), text: text)
        }
    }

    private static func problems(of sources: [TemplateSource]) -> [String] {
        let names = Set(sources.map(\.name))
        let missing = pages.map { $0.template }.filter { !names.contains($0) }.map { "\($0).mustache is missing" }
        let includes = sources.flatMap { source in
            source.includes.filter { !names.contains($0) }.map {
                "\($0).mustache, named in \(source.name).mustache, is missing"
            }
        }
        let unescaped = sources.flatMap { source in
            source.unescapedTags.map { "\(source.name).mustache has {{\($0)}}, which would print without escaping" }
        }
        return missing + includes + unescaped
    }
}

/// Why the templates cannot be used. Lists every problem at once.
package struct PageRendererError: Explained {
    package let explanation: Explanation

    init(directory: String, problems: [String]) {
        explanation = Explanation(
            code: "templates.incomplete",
            message: "The templates in \(directory) cannot be used: \(problems.joined(separator: "; ")).",
            remedy: "Set LATCHKEY_TEMPLATES to the templates directory that belongs to this version.")
    }
}
