package import GatewayCore
package import Storage

/// Renews the tokens of every connection that can be renewed, some at a time.
package struct RefreshAll: Sendable {
    package struct Tally: Sendable, Equatable {
        package var connections = 0
        package var renewed = 0
        /// By the refusal's code.
        package var refusals: [String: Int] = [:]
    }

    let store: any GatewayStore
    let broker: TokenBroker
    let atOnce: Int

    package init(store: any GatewayStore, broker: TokenBroker, atOnce: Int) {
        self.store = store
        self.broker = broker
        self.atOnce = atOnce
    }

    package func run(tenant: TenantID?, actor: AuditActor) async throws -> Tally {
        var tally = Tally()
        var query = ConnectionQuery(tenant: tenant, pageSize: ConnectionQuery.maximumPageSize)
        repeat {
            let page = try await store.connections(matching: query)
            let live = page.connections.filter { $0.status == .active || $0.status == .inDoubt }
            await renew(live.map(\.id), actor: actor, into: &tally)
            query.cursor = page.nextCursor
        } while query.cursor != nil
        return tally
    }

    private func renew(_ ids: [ConnectionID], actor: AuditActor, into tally: inout Tally) async {
        tally.connections += ids.count
        await withTaskGroup(of: String?.self) { group in
            var waiting = ids[...]
            for id in waiting.prefix(atOnce) { group.addTask { await refusal(id, actor) } }
            waiting = waiting.dropFirst(atOnce)
            for await code in group {
                if let code { tally.refusals[code, default: 0] += 1 } else { tally.renewed += 1 }
                if let next = waiting.popFirst() { group.addTask { await refusal(next, actor) } }
            }
        }
    }

    private func refusal(_ id: ConnectionID, _ actor: AuditActor) async -> String? {
        do {
            _ = try await broker.refresh(id, actor: actor)
            return nil
        } catch {
            return (error as? any Explained)?.explanation.code ?? "unexpected"
        }
    }
}
