package import GatewayCore

/// Why an authorization response was not believed. A closed list; none repeats the input, and the sentence is the same
/// for all, because whoever forged the answer should not learn which check it failed.
package enum AuthorizationResponseRefusal: String, Explained, CaseIterable {
    case tooLong = "too_long"
    case malformedEncoding = "malformed_encoding"
    case repeatedParameter = "repeated_parameter"
    case stateMissing = "state_missing"
    case stateEmpty = "state_empty"
    case stateMalformed = "state_malformed"
    case codeAndError = "code_and_error"
    case neitherCodeNorError = "neither_code_nor_error"
    case codeEmpty = "code_empty"
    case codeMalformed = "code_malformed"
    case issuerMissing = "issuer_missing"
    case issuerMismatch = "issuer_mismatch"

    package var explanation: Explanation {
        Explanation(
            code: "authorization_response.\(rawValue)",
            message: "The answer that came back does not belong to a connection that was started here.",
            remedy: "Start the connection again.")
    }
}
