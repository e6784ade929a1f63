package import Hummingbird

/// The site's table of contents.
package func makeRouter(_ web: WebDependencies) throws -> Router<GatewayContext> {
    Router(context: GatewayContext.self)
}
