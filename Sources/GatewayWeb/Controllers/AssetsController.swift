import Foundation
import GatewayCore
import HTTPTypes
import Hummingbird
import NIOCore

/// Stylesheet, icon and script, read once at start. A closed list: no path of a request reaches the disk (WEB-11).
struct AssetsController: Sendable {
    private let files: [String: (type: String, content: ByteBuffer)]

    init(directory: String) throws {
        var files: [String: (String, ByteBuffer)] = [:]
        for (name, type) in Self.types {
            guard let content = FileManager.default.contents(atPath: "\(directory)/\(name)") else {
                throw AssetMissing(directory: directory, name: name)
            }
            files[name] = (type, ByteBuffer(bytes: content))
        }
        self.files = files
    }

    /// `GET /assets/{name}`
    func file(_ request: Request, _ context: GatewayContext) async throws -> Response {
        guard let name = context.parameters.get("name"), let file = files[name] else { throw WebRefusal.notFound }
        return Response(
            status: .ok, headers: [.contentType: file.type, .cacheControl: "public, max-age=3600"],
            body: .init(byteBuffer: file.content))
    }

    private static let types = [
        "latchkey.css": "text/css; charset=utf-8", "latchkey.svg": "image/svg+xml; charset=utf-8",
        "diagnostics.js": "text/javascript; charset=utf-8",
        "security.js": "text/javascript; charset=utf-8",
    ]
}

struct AssetMissing: Explained {
    let directory: String
    let name: String

    var explanation: Explanation {
        Explanation(
            code: "assets.missing", message: "\(directory)/\(name) cannot be read.",
            remedy: "Set LATCHKEY_TEMPLATES to the templates directory that belongs to this version.")
    }
}
