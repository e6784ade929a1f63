/// What a person is told: what happened and what to do, with a stable code to compare.
///
/// Safe to show to strangers. Equality of errors that carry one looks at the code only, so that prose can improve.
package struct Explanation: Sendable, Equatable {
    /// Stable, dotted, lower case: `organization_url.help_center`.
    package let code: String
    /// What happened, in one sentence.
    package let message: String
    /// What to do about it, in one sentence; nil where nothing can be done but trying again later.
    package let remedy: String?

    package init(code: String, message: String, remedy: String? = nil) {
        self.code = code
        self.message = message
        self.remedy = remedy
    }
}

/// An error that knows what to tell a person.
package protocol Explained: Error {
    var explanation: Explanation { get }
}
