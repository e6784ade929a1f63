import Foundation
import GatewayApp
import Testing

@Suite struct ReadmeTests {
    @Test func `the table of settings has each setting and no other`() throws {
        let readme = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../README.md")
        let rows = try String(contentsOf: readme, encoding: .utf8).split(separator: "\n").filter {
            $0.hasPrefix("| `LATCHKEY_")
        }
        let named = rows.flatMap { row in
            (row.split(separator: "|").first ?? "").matches(of: /`(LATCHKEY_[A-Z0-9_]+)`/).map { String($0.1) }
        }
        #expect(named.sorted() == SettingName.allCases.map(\.variable).sorted())
    }
}
