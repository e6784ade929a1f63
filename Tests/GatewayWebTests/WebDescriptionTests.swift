import Foundation
import Gateway
import HTTPTypes
import Testing

@testable import GatewayWeb

@Suite struct `The API's description` {
    /// Method and path of every operation in the file, read by indentation: two spaces a path, four a method.
    private static func described(_ yaml: String) -> Set<String> {
        let lines = yaml.split(separator: "\n", omittingEmptySubsequences: false)
        let start = lines.firstIndex(of: "paths:").map { $0 + 1 } ?? lines.endIndex
        var (path, operations) = ("", Set<String>())
        for line in lines[start...].prefix(while: { $0.isEmpty || $0.hasPrefix(" ") }) {
            if line.hasPrefix("  /"), line.hasSuffix(":") { path = String(line.dropFirst(2).dropLast()) }
            let isMethod = line.hasPrefix("    ") && line.dropFirst(4).first?.isLetter == true && line.hasSuffix(":")
            if isMethod { operations.insert("\(line.dropFirst(4).dropLast().uppercased()) \(path)") }
        }
        return operations
    }

    /// A HEAD goes with every GET and is described only where it is a call of its own.
    private static func served(_ web: WebDependencies) throws -> Set<String> {
        let routes = try routes(web, RateLimits(isOn: false, clock: web.clock))
            .filter { $0.pattern.hasPrefix("/v1/") || Self.plumbing.contains($0.pattern) }
        return Set(
            routes.filter { $0.method != .head || $0.pattern.hasSuffix("**") }
                .map { "\($0.method.rawValue) \($0.pattern.replacing("**", with: "{path}"))" })
    }

    private static let plumbing = ["/healthz", "/readyz", "/metrics", "/openapi.yaml", "/assets/{name}"]

    @Test func `every route is described, and nothing is described that is not there`() async throws {
        let world = try await WebWorld()
        try await world.serve { site in
            let answer = try await site.send("GET", "/openapi.yaml")
            #expect(answer.status == 200 && answer["content-type"] == "application/yaml; charset=utf-8")
            let (described, served) = (Self.described(answer.text), try Self.served(world.web))
            #expect(served.subtracting(described).sorted() == [], "served and not described")
            #expect(described.subtracting(served).sorted() == [], "described and not served")
            #expect(served.count > 15)
        }
    }

    @Test func `every event is described, and none that is not there`() async throws {
        try await WebWorld().serve { site in
            let lines = try await site.send("GET", "/openapi.yaml").text.split(separator: "\n")
            let event = lines.drop { $0 != "    Event:" }.drop { $0 != "          enum:" }.dropFirst()
            let described = event.prefix { $0.hasPrefix("            - ") }.map { String($0.dropFirst(14)) }
            #expect(described == EventType.allCases.map(\.rawValue))
        }
    }
}
