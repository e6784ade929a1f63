package import HTTPTypes

/// Something that goes wrong with the next matching requests.
package struct Fault: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        /// Waits, then answers as usual.
        case delay
        /// Closes the connection; nothing has happened.
        case dropBefore = "drop_before"
        /// Does what was asked, then closes the connection: a rotation nobody hears of.
        case dropAfter = "drop_after"
        /// Answers with this status and body in the world's place.
        case status
        /// Does what was asked, waits, and then answers: whoever gives up meanwhile never hears of it.
        case delayAfter = "delay_after"
        /// Does what was asked and sends half of the answer's text.
        case malformed
        /// Does what was asked and sends a body far larger than anybody expects.
        case huge
        /// A page of the edge network instead of JSON; nothing has happened.
        case html
    }

    package var organization: String?
    package var method: String?
    /// With or without `.json`; a star at the end matches whatever follows.
    package var path: String
    package var kind: Kind
    package var milliseconds: Int
    package var status: Int
    package var body: String?
    package var headers: HTTPFields
    package var times: Int

    /// Larger than any sane limit on an answer, small enough for a test.
    static let hugeBodySize = 64 * 1_024 * 1_024

    package init(
        _ kind: Kind, path: String, organization: String? = nil, method: String? = nil, milliseconds: Int = 0,
        status: Int? = nil, body: String? = nil, headers: HTTPFields = [:], times: Int = 1
    ) {
        self.kind = kind
        self.path = path
        self.organization = organization
        self.method = method
        self.milliseconds = milliseconds
        self.status = status ?? (kind == .html ? 502 : 503)
        self.body = body
        self.headers = headers
        self.times = times
    }

    /// Whether the request still takes effect in the world.
    package var letsRequestThrough: Bool {
        switch kind {
        case .delay, .delayAfter, .dropAfter, .malformed, .huge: true
        case .dropBefore, .status, .html: false
        }
    }

    func fits(_ request: EmulatedRequest, organization name: String?) -> Bool {
        (organization == nil || organization == name) && (method == nil || method == request.method)
            && fits(path: request.path)
    }

    private func fits(path asked: String) -> Bool {
        let asked = asked.hasSuffix(".json") ? String(asked.dropLast(5)) : asked
        if path.hasSuffix("*") { return asked.hasPrefix(path.dropLast()) }
        return asked == (path.hasSuffix(".json") ? String(path.dropLast(5)) : path)
    }

    /// What a fault without effect in the world shows; nil when the connection is dropped.
    package var ownAnswer: Answer? {
        switch kind {
        case .status:
            var answer = Answer.json(["error": "Fault"], status: status)
            if let body { answer.body = Array(body.utf8) }
            return answer.adding(headers)
        case .html: return Answer.html(body ?? Self.edgePage, status: status).adding(headers)
        default: return nil
        }
    }

    /// The world's answer as this fault lets it out; nil when the connection is dropped.
    package func spoil(_ answer: Answer) -> Answer? {
        var spoiled = answer
        switch kind {
        case .dropAfter, .dropBefore: return nil
        case .malformed: spoiled.body = body.map { Array($0.utf8) } ?? Array(answer.body.prefix(answer.body.count / 2))
        case .huge: spoiled.body = Self.hugeBody
        case .delay, .delayAfter, .status, .html: break
        }
        return spoiled.adding(headers)
    }

    private static var hugeBody: [UInt8] {
        Array("{\"padding\":\"".utf8) + [UInt8](repeating: UInt8(ascii: "x"), count: hugeBodySize) + Array("\"}".utf8)
    }

    private static let edgePage = """
        <!DOCTYPE html><html lang="en"><head><title>502: Bad gateway</title></head>
        <body><h1>Bad gateway</h1><p>Error code 502. The web server reported a bad gateway error.</p></body></html>
        """
}

extension Answer {
    func adding(_ fields: HTTPFields) -> Answer {
        var answer = self
        for field in fields { answer.headers[field.name] = field.value }
        return answer
    }
}

extension WorldState {
    mutating func takeFault(for request: EmulatedRequest) -> Fault? {
        let name = subdomain(ofHost: request.host).map { organization(atHost: $0)?.subdomain ?? $0 }
        guard let index = faults.firstIndex(where: { $0.fits(request, organization: name) }) else { return nil }
        let fault = faults[index]
        faults[index].times -= 1
        if faults[index].times <= 0 { faults.remove(at: index) }
        return fault
    }
}
