/// The addresses of the Security page and its steps.
enum SecurityPath {
    static let page = "/security"
    static let progress = "/security/progress"
    static let generate = "/security/generate"
    static let rotate = "/security/rotate"
    static let reseal = "/security/reseal"
    static let pause = "/security/pause"
    static let resume = "/security/resume"
    static let speed = "/security/speed"
    static let verify = "/security/verify"

    static func key(_ id: String, _ step: String) -> String { OwnPath.checked("/security/keys/\(id)/\(step)") }
}
