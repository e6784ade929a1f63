import Testing

@testable import GatewayCore

@Suite struct `Organization URL corpora` {
    @Test func `URL-02 of 891 URL parser inputs 889 are refused and two bare labels accepted`() throws {
        guard let inputs = try SharedVectors.inputs("url/urltestdata.json") else { return }
        #expect(inputs.count == 891)
        #expect(inputs.filter { parsedLabel($0) != nil } == ["test", "path"])
    }

    @Test func `URL-03 of 2,758 internationalized names one is accepted as a label and none as a host`() throws {
        guard let first = try SharedVectors.inputs("url/toascii.json"),
            let second = try SharedVectors.inputs("url/IdnaTestV2.json")
        else { return }
        let inputs = first + second
        #expect(inputs.count == 2_758)
        #expect(inputs.filter { parsedLabel($0) != nil } == ["ascii"])
        #expect(inputs.filter { parsedLabel("\($0).zendesk.com") != nil } == ["ascii"])
        #expect(inputs.filter { parsedLabel("https://\($0)") != nil } == [])
    }

    @Test func `URL-05 a naughty string is refused unless it is a plain label, which is no danger`() throws {
        guard let strings = try SharedVectors.strings("url/blns.json") else { return }
        #expect(strings.count == 515)
        let accepted = strings.filter { parsedLabel($0) != nil }
        #expect(accepted == strings.filter { ReferenceGrammar.label(in: Array($0.utf8)) != nil })
        #expect(accepted.allSatisfy { $0.utf8.allSatisfy { (0x30...0x7A).contains($0) } })
        #expect(accepted.count == 40, "\(accepted)")
        for text in strings where !accepted.contains(text) && text.utf8.count > 3 {
            #expect(!sentence(for: text).contains(text))
        }
    }

    @Test func `URL-05 an injected line break is refused alone, behind a label and behind a host`() throws {
        guard let lines = SharedVectors.lines("url/crlf-injection.txt") else { return }
        #expect(lines.count == 17)
        let decoded = ["\r\nSet-Cookie:a=b", "\nSet-Cookie:a=b", "\rSet-Cookie:a=b", "\u{85}x", "\u{2028}x"]
        for line in lines + decoded {
            #expect(parsedLabel(line) == nil)
            #expect(parsedLabel("acme\(line)") == nil)
            #expect(parsedLabel("acme\(line).zendesk.com") == nil)
            #expect(parsedLabel("https://\(line).zendesk.com") == nil)
        }
        // Behind the host a percent sign is path, which is dropped; a real break is refused there too.
        for line in lines { #expect(parsedLabel("acme.zendesk.com\(line)") == "acme") }
        for line in decoded { #expect(parsedLabel("acme.zendesk.com/\(line)") == nil) }
    }

    @Test(arguments: ["url/open-redirect-payloads.txt", "url/return-to-payloads.txt"])
    func `URL-16 no open-redirect payload is an organization URL`(file: String) {
        guard let lines = SharedVectors.lines(file) else { return }
        #expect(lines.count >= 240)
        #expect(lines.filter { parsedLabel($0) != nil } == [])
    }

    private func sentence(for input: String) -> String {
        do throws(OrganizationURLRefusal) {
            return try OrganizationURL(parsing: input, policy: .zendesk).text
        } catch {
            return error.explanation.message + (error.explanation.remedy ?? "")
        }
    }
}
