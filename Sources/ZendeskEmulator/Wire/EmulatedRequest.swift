package import HTTPTypes

/// A request as the world sees it: no sockets, the body already read.
package struct EmulatedRequest: Sendable {
    package var method: String
    package var scheme: String
    /// What the Host header said, port included.
    package var authority: String
    /// Path and query as sent.
    package var target: String
    package var headers: HTTPFields
    package var body: [UInt8]
    package var remoteAddress: String

    package init(
        _ method: String, _ target: String, authority: String, scheme: String = "http", headers: HTTPFields = [:],
        body: [UInt8] = [], remoteAddress: String = "127.0.0.1"
    ) {
        self.method = method
        self.scheme = scheme
        self.authority = authority
        self.target = target
        self.headers = headers
        self.body = body
        self.remoteAddress = remoteAddress
    }

    package var path: String {
        String(target.prefix { $0 != "?" })
    }

    package var rawQuery: String {
        String(target.drop { $0 != "?" }.dropFirst())
    }

    /// Nil when the query cannot be decoded.
    package var query: Parameters? {
        Parameters(encoded: rawQuery)
    }

    var host: String {
        String(authority.prefix { $0 != ":" }).lowercased()
    }

    /// `:9443`, or nothing.
    var portSuffix: String {
        String(authority.drop { $0 != ":" })
    }

    func cookie(_ name: String) -> String? {
        for field in headers[values: .cookie] {
            for part in field.split(separator: ";") {
                let halves = part.split(separator: "=", maxSplits: 1)
                if halves.count == 2, halves[0].filter({ $0 != " " }) == name { return String(halves[1]) }
            }
        }
        return nil
    }

    /// The media type without its parameters.
    var contentType: String {
        let field = headers[.contentType] ?? ""
        return field.prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
    }
}
