import GatewayCore
import Testing

@Suite struct `The reason for a change of keys` {
    @Test(arguments: [
        ("SEC-114", "SEC-114"), ("  yearly, as planned \u{3000}", "yearly, as planned"),
        ("Schlüssel é 鍵 😀", "Schlüssel é 鍵 😀"),
        (String(repeating: "é", count: 200), String(repeating: "é", count: 200)),
    ])
    func `KEY-30: one visible line is taken as it is, without the spaces around it`(typed: String, kept: String) throws
    {
        #expect(try ChangeReason(typed).text == kept)
    }

    @Test(arguments: [
        "a\nb", "a\rb", "a\tb", "a\u{0}b", "a\u{1B}[2Jb", "a\u{7F}", "a\u{85}b", "a\u{9B}31mb", "a\u{AD}b",
        "a\u{200B}b",
        "a\u{200E}b", "a\u{202E}b", "a\u{2028}b", "a\u{2029}b", "a\u{2066}b", "a\u{FEFF}b", "a\u{E000}b", "a\u{E0041}b",
        "a\u{FFFF}b",
    ])
    func `KEY-30: what cannot be seen is refused, be it a line break, a terminal's command or a turn of direction`(
        typed: String
    ) {
        #expect(throws: ChangeReasonRefusal.invisible) { try ChangeReason(typed) }
    }

    @Test
    func `KEY-30: an empty reason, one of spaces alone, and one that is too long are refused, each as what it is`() {
        #expect(throws: ChangeReasonRefusal.empty) { try ChangeReason("") }
        #expect(throws: ChangeReasonRefusal.empty) { try ChangeReason(" \u{A0} ") }
        #expect(throws: ChangeReasonRefusal.tooLong) { try ChangeReason(String(repeating: "é", count: 201)) }
        // One character to the eye, and too many for a field of the log.
        #expect(throws: ChangeReasonRefusal.tooLong) {
            try ChangeReason("e" + String(repeating: "\u{301}", count: 200))
        }
    }

    @Test func `KEY-30: what an entry is about is told from its reason, whatever the reason says`() throws {
        let reason = try ChangeReason("why; reason: because")
        #expect(reason.behind("dk-2") == "dk-2; reason: why; reason: because")
        #expect(ChangeReason.removed(from: reason.behind("dk-2")) == "dk-2")
        for subject in ["dk-2", "", "; reason:", "all"] { #expect(ChangeReason.removed(from: subject) == subject) }
    }
}
