import GatewayCore
import HTTPTypes
import Hummingbird

/// Finds out where a request comes from, before anything counts by that: from its peer, or from behind proxies of ours
/// (WEB-32).
struct CallerAddress: RouterMiddleware {
    let trustedProxies: [IPRange]

    func handle(
        _ request: Request, context: GatewayContext,
        next: @concurrent (Request, GatewayContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.remoteAddress = address(
            peer: context.remoteAddress, forwardedFor: request.headers[values: .forwardedFor])
        return try await next(request, context)
    }

    /// Each proxy writes whom it heard from at the end of the list, so that it is read from there, for as long as proxies of
    /// ours speak. What stands further left may be anybody's invention.
    func address(peer: String, forwardedFor fields: [String]) -> String {
        guard var caller = IPRange(peer)?.unmapped else { return peer }
        var hops = fields.flatMap { $0.split(separator: ",") }
        while isOurs(caller), let hop = hops.popLast(), let address = Self.address(hop) { caller = address }
        return caller.description
    }

    private func isOurs(_ address: IPRange) -> Bool { trustedProxies.contains { $0.contains(address) } }

    /// Some proxies name the port as well: `192.0.2.7:4711`, `[2001:db8::7]:4711`.
    private static func address(_ hop: Substring) -> IPRange? {
        let text = withoutPort(hop.trimmed { $0 == " " || $0 == "\t" })
        guard let address = IPRange(String(text)), address.isSingleAddress else { return nil }
        return address.unmapped
    }

    private static func withoutPort(_ text: Substring) -> Substring {
        if text.first == "[" { return text.dropFirst().prefix { $0 != "]" } }
        return text.count { $0 == ":" } == 1 ? text.prefix { $0 != ":" } : text
    }
}
