import Gateway
import GatewayCore
import Storage
import TestSupport
import ZendeskEmulator

/// What a refused completion tells people; nil when it was not refused, or not in words.
func refusal(_ body: () async throws -> ConnectFlow.Connected) async -> Explanation? {
    do {
        _ = try await body()
        return nil
    } catch {
        return (error as? any Explained)?.explanation
    }
}

extension SampleGateway {
    var actions: [AuditAction] {
        get async throws { try await audit.map(\.event.action) }
    }

    /// The codes of everything the audit log says no to.
    var refusedCodes: [String] {
        get async throws {
            try await audit.compactMap { entry in
                guard case .refused(let code) = entry.event.outcome else { return nil }
                return code
            }
        }
    }

    /// Nothing that a connect leaves behind, on either side.
    var keptNothing: Bool {
        get async throws {
            let page = try await store.connections(matching: ConnectionQuery())
            let records = try await store.recordCounts()
            return page.connections.isEmpty && records.isEmpty
        }
    }

    var tokenCalls: Int { transport.calls(to: "/oauth/tokens").count }
}

/// `code` and `state` of a callback, as they stand in its query.
func parameter(_ name: String, of query: String) -> String? {
    for pair in query.split(separator: "&") where pair.hasPrefix("\(name)=") {
        return String(pair.dropFirst(name.count + 1))
    }
    return nil
}
