package import GatewayCore

/// One thing that is wrong with the settings: what, and what to do. Never holds a secret.
package struct SettingProblem: Sendable, Equatable {
    /// The variable, or the key of the settings file, that it is about.
    package let name: String
    package let sentence: String

    /// The name in front, so that a list of problems can be searched.
    package var text: String { "\(name): \(sentence)" }
}

/// All that is wrong with the settings, so that mending takes one round and not one for each fault.
package struct SettingsError: Explained, Equatable {
    package let problems: [SettingProblem]

    package var explanation: Explanation {
        let count = problems.count == 1 ? "There is a problem" : "There are \(problems.count) problems"
        return Explanation(
            code: "settings.invalid",
            message: "\(count) with the settings:\n" + problems.map { "  \($0.text)" }.joined(separator: "\n"),
            remedy: nil)
    }
}
