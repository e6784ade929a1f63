package import Hummingbird
import NIOCore

/// What a request carries on its way through middleware and controllers.
package struct GatewayContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    /// The peer's address without port; the key of limits per address.
    package let remoteAddress: String

    package init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        remoteAddress = source.channel.remoteAddress?.ipAddress ?? "unknown"
    }
}
