/// Finds what was probably meant. A mistyped name is the commonest fault, and silence the worst answer to it.
enum UnknownSetting {
    /// More differences than this and a guess would mislead.
    private static let maximumDistance = 4

    static func problem(_ name: String, comparedAs rawName: String) -> SettingProblem {
        if let refusal = secretsInTheEnvironment[rawName] { return SettingProblem(name: name, sentence: refusal) }
        let guess = nearest(to: rawName).map { " Did you mean \($0.variable)?" } ?? " Remove it, or correct its name."
        return SettingProblem(name: name, sentence: "There is no such setting.\(guess)")
    }

    /// Other processes of the same user read it there, and so does everything the gateway starts (CR-27).
    private static let secretsInTheEnvironment = [
        "ROOT_KEY":
            "A root key in the environment is refused: other processes can read it there. Put it into a file of mode "
            + "0600, name that with LATCHKEY_ROOT_KEY_FILE, and replace the key, for it was shown.",
        "ROOT_KEY_PKCS11_PIN":
            "A PIN in the environment is refused: other processes can read it there. Put it into a file "
            + "of mode 0600 and name that with LATCHKEY_ROOT_KEY_PKCS11_PIN_FILE.",
    ]

    private static func nearest(to rawName: String) -> SettingName? {
        // A secret in the environment itself is a wish to be redirected, not a typing mistake.
        if let file = SettingName(rawValue: rawName + "_FILE") { return file }
        let ranked = SettingName.allCases.map { ($0, distance($0.rawValue, rawName)) }
        guard let best = ranked.min(by: { $0.1 < $1.1 }), best.1 <= maximumDistance else { return nil }
        return best.0
    }

    /// Levenshtein's distance, one row at a time.
    private static func distance(_ left: String, _ right: String) -> Int {
        let (left, right) = (Array(left.utf8), Array(right.utf8))
        var row = Array(0...right.count)
        for (line, octet) in left.enumerated() {
            var diagonal = row[0]
            row[0] = line + 1
            for (column, other) in right.enumerated() {
                let substituted = diagonal + (octet == other ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(substituted, diagonal + 1, row[column] + 1)
            }
        }
        return row[right.count]
    }
}
