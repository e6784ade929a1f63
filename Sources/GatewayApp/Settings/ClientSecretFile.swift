import FoundationEssentials
package import GatewayCore
import OAuth
import Synchronization

/// The OAuth client's secrets, one a line, and the file they are read from again on request.
package final class ClientSecretFile: Sendable {
    static let maximumBytes = 4096

    package let path: String
    private let current: Mutex<[Secret]>

    package init(path: String) throws(ClientSecretFileFault) {
        self.path = path
        current = Mutex(try Self.read(path))
    }

    /// The current secret first.
    package var secrets: [Secret] { current.withLock { $0 } }

    /// What the file holds now; nothing is taken into use.
    package func readAgain() throws(ClientSecretFileFault) -> [Secret] {
        try Self.read(path)
    }

    package func activate(_ secrets: [Secret]) {
        current.withLock { $0 = secrets }
    }

    private static func read(_ path: String) throws(ClientSecretFileFault) -> [Secret] {
        guard let data = FileManager.default.contents(atPath: path) else { throw .unreadable }
        guard data.count <= maximumBytes else { throw .notSecrets }
        let lines = data.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }).filter { !$0.isEmpty }
        guard !lines.isEmpty else { throw .empty }
        // A space or a letter outside of ASCII is a wrong file, or a text somebody wrote instead of a secret.
        guard lines.allSatisfy({ $0.allSatisfy { (0x21...0x7E).contains($0) } }) else { throw .notSecrets }
        // A line that nobody ever tries must not look like one that serves.
        guard lines.count <= TokenEndpoint.maximumSecretsTried else { throw .tooMany }
        return lines.map { Secret($0) }
    }
}

package enum ClientSecretFileFault: Error, Equatable {
    case unreadable, empty, notSecrets, tooMany

    var sentence: String {
        switch self {
        case .unreadable: "The file cannot be read. Check path and permissions."
        case .empty: "The file is empty. Put the OAuth client's secret into its first line."
        case .notSecrets: "The file holds something else than one secret a line. Check that it is the right file."
        case .tooMany:
            "The file holds more than two secrets. Keep the current one in the first line and the one before it in the second."
        }
    }
}
