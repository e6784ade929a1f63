import HTTPTypes

/// The error bodies of the REST API: four shapes that do not agree with each other.
enum APIErrors {
    static let unauthenticated = Answer.json(["error": "Couldn't authenticate you"], status: 401)
        .with(.wwwAuthenticate, "Basic realm=\"Web Password\"")

    static let invalidToken = Answer.json(
        ["error": "invalid_token", "error_description": .string(invalidTokenText)], status: 401
    ).with(
        .wwwAuthenticate,
        "Bearer realm=\"Zendesk\", error=\"invalid_token\", error_description=\"\(invalidTokenText)\"")

    private static let invalidTokenText =
        "The access token provided is expired, revoked, malformed or invalid for other reasons."

    static func missingScopes(_ wanted: [String]) -> Answer {
        .json(
            [
                "error": "Forbidden",
                "description": .string(
                    "You are missing the following required scopes: " + wanted.joined(separator: ", ")),
            ], status: 403)
    }

    /// Role or plan: the two cannot be told apart.
    static let forbidden = Answer.json(
        [
            "error": [
                "title": "Forbidden",
                "message": """
                You do not have access to this page. Please contact the account owner of this help desk for further \
                help.
                """,
            ]
        ], status: 403)

    static let recordNotFound = Answer.json(["error": "RecordNotFound", "description": "Not found"], status: 404)
    static let invalidEndpoint = Answer.json(["error": "InvalidEndpoint", "description": "Not found"], status: 404)

    /// What a help center path shows where there is none: a page, whatever was asked for.
    static let noHelpCenter = Answer.html(
        "<!DOCTYPE html><html lang=\"en\"><title>Not found</title>"
            + "<p>The page you were looking for doesn't exist</p></html>", status: 404)

    static func pagination(_ code: String, title: String, detail: String) -> Answer {
        .json(
            ["errors": [["code": .string(code), "title": .string(title), "detail": .string(detail)]]], status: 400)
    }

    static func tooManyRequests(resetsIn seconds: Int64) -> Answer {
        .text("Number of allowed API requests per minute exceeded", status: 429)
            .with(.retryAfter, String(seconds))
    }
}
