import HTTPTypes

/// Whether a form was sent by a page of ours (OA-09, WEB-18).
enum SameOrigin {
    /// Browsers that send Fetch metadata are believed about it. Their Origin header reads `null` on our own forms, because our
    /// pages send no referrer; the others must name our origin.
    static func check(_ headerFields: HTTPFields, publicOrigin: String) throws {
        let origin = headerFields[values: .origin]
        if let site = HTTPField.Name("Sec-Fetch-Site").flatMap({ headerFields[$0] }) {
            guard site == "same-origin", origin.allSatisfy({ $0 == publicOrigin || $0 == "null" }) else {
                throw WebRefusal.crossSite
            }
        } else {
            guard origin == [publicOrigin] else { throw WebRefusal.crossSite }
        }
    }
}
