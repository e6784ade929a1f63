import Foundation
import GatewayCore
import HTTPTypes
import TestSupport

extension SampleGateway {
    /// Exchanges or leaves out members of every JSON answer from this path.
    func alter(_ path: String, _ changes: [String: String] = [:], leavingOut missing: [String] = []) {
        transport.after { request, response in
            guard request.path.hasPrefix(path),
                var body = try? JSONSerialization.jsonObject(with: Data(response.body)) as? [String: Any]
            else { return response }
            for (name, value) in changes { body[name] = value }
            for name in missing { body[name] = nil }
            guard let octets = try? JSONSerialization.data(withJSONObject: body) else { return response }
            return OutboundResponse(
                status: response.status, headerFields: response.headerFields, body: Array(octets))
        }
    }

    /// Answers every request of this path in Zendesk's place.
    func answer(_ path: String, method: HTTPRequest.Method = .get, status: Int, _ body: String) {
        transport.before { request throws(TransportFailure) in
            guard request.method == method, request.path.hasPrefix(path) else { return nil }
            return OutboundResponse(
                status: .init(code: status), headerFields: [.contentType: "application/json"], body: Array(body.utf8))
        }
    }
}
