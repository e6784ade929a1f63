/// The parameters of an authorization response that have a meaning, each at most once (RFC 6749, section 3.1).
///
/// Names are compared exactly: `STATE`, `state[]` and `state.x` are unknown parameters, which are ignored (RFC 6749,
/// section 4.1.2). The error's description and address are looked at for repetition only and not kept: their text is
/// the sender's.
struct AuthorizationResponseParameters {
    private static let known: Set<String> = ["state", "code", "error", "error_description", "error_uri", "iss"]
    private static let kept: Set<String> = ["state", "code", "error", "iss"]

    private(set) var decoded: [String: String] = [:]
    /// As they stood in the query, before any decoding.
    private(set) var raw: [String: String] = [:]

    init(query: String) throws(AuthorizationResponseRefusal) {
        guard query.utf8.count <= AuthorizationResponse.maximumQueryOctets else { throw .tooLong }
        var seen: Set<String> = []
        for piece in query.split(separator: "&") {
            let halves = piece.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentEncoding.decodeFormComponent(halves[0]),
                let value = PercentEncoding.decodeFormComponent(halves.count == 2 ? halves[1] : "")
            else { throw .malformedEncoding }
            guard Self.known.contains(name) else { continue }
            guard seen.insert(name).inserted else { throw .repeatedParameter }
            guard Self.kept.contains(name) else { continue }
            decoded[name] = value
            raw[name] = halves.count == 2 ? String(halves[1]) : ""
        }
    }
}
