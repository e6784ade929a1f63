import Hummingbird

extension Request {
    var isForAPI: Bool { uri.path == "/v1" || uri.path.hasPrefix("/v1/") }
}
