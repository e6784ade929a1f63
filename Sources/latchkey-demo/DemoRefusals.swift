import GatewayApp
import GatewayCore

/// A port that was asked for by number and is not free.
struct PortTaken: Explained {
    let port: Int

    var explanation: Explanation {
        Explanation(
            code: "demo.port_taken", message: "Port \(port) of this machine is taken.",
            remedy: "Stop the program that uses it, or give another port.")
    }
}

/// No temporary directory could be made.
struct NoDirectory: Explained {
    let parent: String

    var explanation: Explanation {
        Explanation(
            code: "demo.no_directory", message: "No temporary directory could be made in \(parent).",
            remedy: "Name a directory with --data.")
    }
}
