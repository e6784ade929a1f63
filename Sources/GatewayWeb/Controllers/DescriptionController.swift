import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// `GET /openapi.yaml`: the API's description, read once at start from beside the stylesheet.
struct DescriptionController: Sendable {
    static let name = "openapi.yaml"

    private let content: ByteBuffer

    init(directory: String) throws {
        guard let content = FileManager.default.contents(atPath: "\(directory)/\(Self.name)") else {
            throw AssetMissing(directory: directory, name: Self.name)
        }
        self.content = ByteBuffer(bytes: content)
    }

    func description(_ request: Request, _ context: GatewayContext) async throws -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/yaml; charset=utf-8"], body: .init(byteBuffer: content))
    }
}
