import HTTPTypes

extension HTTPField.Name {
    static let referrerPolicy = unchecked("Referrer-Policy")
    static let xFrameOptions = unchecked("X-Frame-Options")
    static let crossOriginOpenerPolicy = unchecked("Cross-Origin-Opener-Policy")
    static let crossOriginEmbedderPolicy = unchecked("Cross-Origin-Embedder-Policy")
    static let permissionsPolicy = unchecked("Permissions-Policy")
    static let clearSiteData = unchecked("Clear-Site-Data")
    static let refresh = unchecked("Refresh")
    static let secFetchSite = unchecked("Sec-Fetch-Site")
    static let secFetchDest = unchecked("Sec-Fetch-Dest")
    static let latchkeyError = unchecked("Latchkey-Error")
    static let forwardedFor = unchecked("X-Forwarded-For")
    static let forwardedProto = unchecked("X-Forwarded-Proto")

    private static func unchecked(_ name: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(name) else { preconditionFailure("not a field name: \(name)") }
        return name
    }
}
