import GatewayCore

/// An error in words that may be logged: the code of one that explains itself, else its type and nothing it holds.
package enum ErrorName {
    package static func of(_ error: any Error) -> String {
        (error as? any Explained)?.explanation.code ?? String(describing: type(of: error))
    }
}
