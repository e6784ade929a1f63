import Foundation
package import GatewayCore
import HTTPTypes

/// Bodies that were recorded from real accounts. They are not part of this repository.
package enum Recordings {
    private static let folder: URL? = {
        let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let shared =
            ProcessInfo.processInfo.environment["LATCHKEY_SHARED"].map { URL(fileURLWithPath: $0) }
            ?? repository.deletingLastPathComponent().appendingPathComponent("shared")
        let folder = shared.appendingPathComponent("zendesk/recorded")
        return FileManager.default.fileExists(atPath: folder.path) ? folder : nil
    }()

    /// A file as it stands, or nil, said loudly, when the recordings are not here.
    package static func file(_ name: String) throws -> [String: Any]? {
        guard let folder else {
            print("SKIPPED: the recorded Zendesk answers are missing; set LATCHKEY_SHARED to their parent folder")
            return nil
        }
        let file = try JSONSerialization.jsonObject(with: Data(contentsOf: folder.appendingPathComponent(name)))
        guard let file = file as? [String: Any] else { throw CocoaError(.fileReadCorruptFile) }
        return file
    }

    /// The first answer in a file, or nil when the recordings are not here.
    package static func response(_ name: String) throws -> OutboundResponse? {
        guard let file = try file(name) else { return nil }
        let interactions = file["interactions"] as? [[String: Any]]
        let response = interactions?.first?["response"] as? [String: Any] ?? file
        guard let body = response["body"] else { throw CocoaError(.fileReadCorruptFile) }
        let octets = try JSONSerialization.data(withJSONObject: body, options: .fragmentsAllowed)
        return OutboundResponse(
            status: .init(code: response["status"] as? Int ?? 200),
            headerFields: [.contentType: "application/json; charset=utf-8"], body: Array(octets))
    }
}
