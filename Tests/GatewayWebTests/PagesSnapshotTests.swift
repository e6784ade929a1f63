import Foundation
import Testing

@testable import GatewayWeb

/// Each page in each state as a file; `LATCHKEY_RECORD_SNAPSHOTS=1` records them anew.
@Suite("Pages as snapshots")
struct PagesSnapshotTests {
    static let isRecording = ProcessInfo.processInfo.environment["LATCHKEY_RECORD_SNAPSHOTS"] == "1"

    @Test(arguments: PagesWorld.plain.samples.map(\.name))
    func `a page in a state renders as recorded`(_ name: String) throws {
        let page = try #require(PagesWorld.plain.samples.first { $0.name == name }).page
        let html = try PagesPlace.renderer().render(page)
        let file = PagesPlace.snapshots.appending(path: "\(name).html")
        if Self.isRecording {
            try FileManager.default.createDirectory(at: PagesPlace.snapshots, withIntermediateDirectories: true)
            try Data(html.utf8).write(to: file)
        }
        let recorded = String(decoding: try Data(contentsOf: file), as: UTF8.self)
        #expect(html == recorded, "\(name): look at the difference, then record with LATCHKEY_RECORD_SNAPSHOTS=1")
    }

    @Test(.enabled(if: !isRecording))
    func `no snapshot is left without its page`() throws {
        let files = try FileManager.default.contentsOfDirectory(
            atPath: PagesPlace.snapshots.path(percentEncoded: false))
        #expect(Set(files) == Set(PagesWorld.plain.samples.map { "\($0.name).html" }))
    }

    @Test
    func `each page has a title of its own`() throws {
        let renderer = try PagesPlace.renderer()
        for sample in PagesWorld.plain.samples {
            let html = renderer.render(sample.page)
            #expect(!html.contains("<title> "), "\(sample.name)")
            #expect(html.components(separatedBy: "<h1").count == 2, "\(sample.name) has one first heading")
        }
    }
}
