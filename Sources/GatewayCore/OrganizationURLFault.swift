/// Finds the most helpful reason for an address that the grammar has already refused. It cannot accept anything.
struct OrganizationURLFault {
    let policy: HostPolicy

    /// `host` is what stands between the scheme, if it was the right one, and the first slash; `input` is everything in
    /// lower case, without the blanks around it.
    func reason(host: [UInt8], of input: [UInt8]) -> OrganizationURLRefusal.Reason {
        let text = String(decoding: host, as: UTF8.self)
        if text.contains("@") { return .userInformation }
        if hasForeignScheme(String(decoding: input, as: UTF8.self)) { return .wrongScheme }
        guard text.utf8.allSatisfy(isInAuthority) else { return .forbiddenCharacters }

        let pieces = text.split(separator: ":", omittingEmptySubsequences: false)
        let name = pieces.first.map(String.init) ?? ""
        if text == policy.authority || text == ".\(policy.authority)" { return .missingSubdomain }
        if !policy.isZendesk, isUnder("zendesk.com", name) { return .otherDomain }
        if isUnder(policy.domain, name), name != text || policy.port != nil, !text.hasSuffix(".\(policy.authority)") {
            return .port
        }
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        if labels.contains("") { return name.isEmpty ? .notUnderDomain : .misplacedDot }
        if text.hasSuffix(".\(policy.authority)") { return .tooManyLabels }
        if labels.count == 1, pieces.count > 1 { return .port }
        return isPlausibleForeignHost(labels) ? .helpCenter : .notUnderDomain
    }

    private func isUnder(_ domain: String, _ name: String) -> Bool { name == domain || name.hasSuffix(".\(domain)") }

    /// Whether the input begins with a scheme that is not ours, or with ours and no two slashes behind it.
    private func hasForeignScheme(_ input: String) -> Bool {
        guard !input.hasPrefix("\(policy.scheme)://"), let colon = input.firstIndex(of: ":") else { return false }
        let head = input[..<colon]
        let tail = input[input.index(after: colon)...]
        guard !head.contains("/") else { return false }
        if tail.hasPrefix("//") { return true }
        guard !head.contains("."), let first = tail.first else { return false }
        return !("0"..."9").contains(first)
    }

    private func isInAuthority(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
            UInt8(ascii: "."), UInt8(ascii: ":"):
            true
        default: false
        }
    }

    /// A host of the public internet that does not pretend to be Zendesk: most likely a help center under the customer's
    /// own name.
    private func isPlausibleForeignHost(_ labels: [Substring]) -> Bool {
        guard labels.count >= 2, let top = labels.last, top.utf8.count >= 2 else { return false }
        return top.utf8.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
            && !["localhost", "local", "localdomain", "internal", "lan", "home", "corp", "test"].contains(top)
            && !labels.contains { $0.contains("zendesk") }
    }
}
