import GatewayCore
import Storage
import Testing

extension StoragePromise {
    static let finding: [StoragePromise] = [
        StoragePromise("an unknown connection has no record, no credential and no report") { store in
            let nothing = try await store.observe(Sample.newID())
            #expect(nothing == .empty)
        },
        StoragePromise("the live connection is the tenant's own, in every status but disconnected") { store in
            let other = try Sample.tenant("globex")
            for status in ConnectionStatus.allCases {
                let subdomain = "in-" + status.rawValue.replacing("_", with: "-")
                let saved = try await store.connect(Sample.connection(subdomain: subdomain, status: status))
                let live = try await store.liveConnection(tenant: .default, subdomain: subdomain)
                #expect(live == (status == .disconnected ? nil : saved))
                #expect(try await store.liveConnection(tenant: other, subdomain: subdomain) == nil)
            }
            #expect(try await store.liveConnection(tenant: .default, subdomain: "in") == nil)
            #expect(try await store.liveConnection(tenant: .default, subdomain: "IN-ACTIVE") == nil)
        },
    ]

    static let listing: [StoragePromise] = [
        StoragePromise("connections come newest first, and pages join without gap or repetition") { store in
            // Three share each second, so that the order among equals is put to the test.
            let made = try await connectMany(store, 17) { Double($0 / 3) }
            for size in [1, 2, 5, 16, 17, 200] {
                let pages = try await pages(of: store, ConnectionQuery(pageSize: size))
                let listed = pages.flatMap { $0 }
                #expect(Set(listed.map(\.id)) == Set(made.map(\.id)))
                #expect(listed.count == made.count)
                #expect(listed.map(\.createdAt) == listed.map(\.createdAt).sorted(by: >))
                #expect(pages.dropLast().allSatisfy { $0.count == size })
            }
        },
        StoragePromise("a connection that is made between two pages neither repeats nor hides another") { store in
            let made = try await connectMany(store, 4) { Double($0) }
            let first = try await store.connections(matching: ConnectionQuery(pageSize: 2))
            try await store.connect(Sample.connection(subdomain: "newest", createdAt: Sample.after(99)))
            let second = try await store.connections(
                matching: ConnectionQuery(pageSize: 2, cursor: first.nextCursor))
            #expect((first.connections + second.connections).map(\.id) == made.reversed().map(\.id))
            #expect(second.nextCursor == nil)
        },
        StoragePromise("a list is of one tenant or one status when asked for, page by page") { store in
            let other = try Sample.tenant("globex")
            for number in 0..<4 {
                let status = ConnectionStatus.allCases[number]
                for tenant in [TenantID.default, other] {
                    try await store.connect(
                        Sample.connection(tenant: tenant, subdomain: "org-\(number)", status: status))
                }
            }
            let theirs = try await pages(of: store, ConnectionQuery(tenant: other, pageSize: 1)).flatMap { $0 }
            #expect(theirs.count == 4 && theirs.allSatisfy { $0.tenant == other })
            for status in ConnectionStatus.allCases {
                let both = try await pages(of: store, ConnectionQuery(status: status, pageSize: 1)).flatMap { $0 }
                #expect(both.count == 2 && both.allSatisfy { $0.status == status })
                let one = try await store.connections(matching: ConnectionQuery(tenant: other, status: status))
                #expect(one.connections.map(\.tenant) == [other] && one.nextCursor == nil)
            }
            let nobody = ConnectionQuery(tenant: try Sample.tenant("nobody"))
            #expect(try await store.connections(matching: nobody) == ConnectionPage(connections: [], nextCursor: nil))
        },
        StoragePromise(
            "a search finds what is in an organization's or a tenant's name, and takes no character for more"
        ) {
            store in
            for (tenant, subdomain) in [("globex", "acme"), ("Initech-EU", "acme-eu"), ("globex", "umbrella")] {
                try await store.connect(Sample.connection(tenant: try Sample.tenant(tenant), subdomain: subdomain))
            }
            let searches = [
                ("acme", ["acme", "acme-eu"]), ("ACME-", ["acme-eu"]), ("tech-eu", ["acme-eu"]), ("ITECH", ["acme-eu"]),
                ("glob", ["acme", "umbrella"]),
                ("%", []), ("_", []), ("a*", []), ("' OR 1=1 --", []), ("nobody", []),
            ]
            for (search, expected) in searches {
                let found = try await pages(of: store, ConnectionQuery(search: search, pageSize: 1)).flatMap { $0 }
                #expect(Set(found.map(\.subdomain)) == Set(expected) && found.count == expected.count, "\(search)")
            }
            let both = ConnectionQuery(tenant: try Sample.tenant("globex"), search: "acme")
            #expect(try await store.connections(matching: both).connections.map(\.subdomain) == ["acme"])
        },
        StoragePromise("a page holds at least one connection and at most the maximum, whatever is asked for") { store in
            try await connectMany(store, ConnectionQuery.maximumPageSize + 1) { Double($0) }
            for (asked, given) in [(0, 1), (-5, 1), (.max, ConnectionQuery.maximumPageSize)] {
                var query = ConnectionQuery()
                query.pageSize = asked
                #expect(try await store.connections(matching: query).connections.count == given)
            }
        },
        StoragePromise("a cursor that no page returned is refused") { store in
            try await connectMany(store, 2) { Double($0) }
            let page = try await store.connections(matching: ConnectionQuery(pageSize: 1))
            let real = try #require(page.nextCursor)
            let forged = [
                "", " ", "0", "a.b", "1.con_", "' OR 1=1 --", real + "x", " " + real, real + "." + real, "9.9.9",
            ]
            for cursor in forged {
                await #expect(throws: StorageError.unknownCursor) {
                    try await store.connections(matching: ConnectionQuery(cursor: cursor))
                }
            }
        },
    ]
}

@discardableResult
private func connectMany(
    _ store: any GatewayStore, _ count: Int, createdAt: (Int) -> Double
) async throws -> [Connection] {
    var made: [Connection] = []
    for number in 0..<count {
        let connection = Sample.connection(subdomain: "org-\(number)", createdAt: Sample.after(createdAt(number)))
        made.append(try await store.connect(connection))
    }
    return made
}

private func pages(of store: any GatewayStore, _ query: ConnectionQuery) async throws -> [[Connection]] {
    var query = query
    var pages: [[Connection]] = []
    repeat {
        let page = try await store.connections(matching: query)
        pages.append(page.connections)
        query.cursor = page.nextCursor
    } while query.cursor != nil && pages.count < 1000
    return pages
}
