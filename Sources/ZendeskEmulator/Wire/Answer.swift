package import HTTPTypes

/// What goes back. Headers that depend on the time or on chance are added by the world at the very end.
package struct Answer: Sendable, Equatable {
    package var status: Int
    package var headers: HTTPFields
    package var body: [UInt8]

    package init(status: Int, headers: HTTPFields = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    package static func json(_ value: JSONValue, status: Int = 200) -> Answer {
        Answer(
            status: status, headers: [.contentType: "application/json; charset=utf-8"],
            body: Array(value.rendered.utf8))
    }

    package static func text(_ text: String, status: Int) -> Answer {
        Answer(status: status, headers: [.contentType: "text/plain; charset=utf-8"], body: Array(text.utf8))
    }

    package static func html(_ page: String, status: Int = 200) -> Answer {
        Answer(status: status, headers: [.contentType: "text/html; charset=utf-8"], body: Array(page.utf8))
    }

    package static func redirect(_ location: String, status: Int = 302) -> Answer {
        Answer(status: status, headers: [.location: location, .contentType: "text/html; charset=utf-8"])
    }

    package var bodyText: String {
        String(decoding: body, as: UTF8.self)
    }

    /// Nil when the body is not JSON.
    package var bodyJSON: JSONValue? {
        try? JSONReader.read(body)
    }

    func with(_ name: HTTPField.Name?, _ value: String) -> Answer {
        guard let name else { return self }
        var answer = self
        answer.headers[name] = value
        return answer
    }
}
