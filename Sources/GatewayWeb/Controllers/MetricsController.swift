import GatewayCore
import HTTPTypes
import Hummingbird
import NIOCore

/// Figures for whoever watches the process. Open like the health routes: no label names a tenant, a connection or a key.
struct MetricsController: Sendable {
    let metrics: Metrics

    /// `GET /metrics`
    func text(_ request: Request, _ context: GatewayContext) async throws -> Response {
        var response = Response.plainText(metrics.text())
        response.headers[.contentType] = "text/plain; version=0.0.4; charset=utf-8"
        return response
    }
}
