/// One question to one organization.
package protocol Check: Sendable {
    var code: CheckCode { get }
    /// What must not have failed before this question makes sense.
    var needs: [CheckCode] { get }
    /// After this the check fails by itself.
    var timeLimit: Duration { get }

    func run(in context: PreflightContext) async -> Finding
}

extension Check {
    package var timeLimit: Duration { .seconds(15) }
}
