import GatewayCore
package import Hummingbird
import NIOCore

/// What a request carries on its way through middleware and controllers.
package struct GatewayContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    /// Where the request comes from, without port; the key of limits per address. The peer, until `CallerAddress` has looked.
    var remoteAddress: String
    /// Finds the request in the log; shown on error pages and in problem details.
    let reference: String

    package init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        remoteAddress = source.channel.remoteAddress?.ipAddress ?? "unknown"
        reference = "req_" + Base32.encode(SystemRandomSource().bytes(10))
    }
}
