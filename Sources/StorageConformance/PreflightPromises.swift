import FoundationEssentials
import GatewayCore
import Storage
import Testing

extension StoragePromise {
    static let preflights: [StoragePromise] = [
        StoragePromise("a report is kept with its summary, its meaning for the hand-over and its audit entries") {
            store in
            let connection = try await store.connect(Sample.connection())
            let report = Sample.report(.warn, of: connection.id, at: Sample.after(5))
            let sync = SyncProgress(state: .running, lastCompletedAt: Sample.after(4))
            try await store.recordPreflight(
                report, sync: sync, audit: [Sample.event(.preflightRun), Sample.event(.handedToSync)])
            var expected = connection
            expected.preflight = PreflightSummary(verdict: .warn, checkedAt: Sample.after(5))
            expected.sync = sync
            #expect(try await store.connection(connection.id) == expected)
            #expect(try await store.latestPreflight(of: connection.id) == report)
            #expect(try await store.entryCount() == 3)
        },
        StoragePromise("a report older than the summary leaves the summary alone, and its entry is written") { store in
            let connection = try await store.connect(Sample.connection())
            let newer = Sample.report(.pass, of: connection.id, at: Sample.after(10))
            let older = Sample.report(.fail, of: connection.id, at: Sample.after(9))
            try await store.recordPreflight(newer, sync: .notStarted, audit: [Sample.event(.preflightRun)])
            let before = try await store.connection(connection.id)
            try await store.recordPreflight(older, sync: .waitingForPreflight, audit: [Sample.event(.preflightRun)])
            #expect(try await store.connection(connection.id) == before)
            #expect(try await store.latestPreflight(of: connection.id) == newer)
            #expect(try await store.recorded(.preflightRun).count == 2)
        },
        StoragePromise("a report's account is kept where none is on record, with its meaning, and never exchanged") {
            store in
            var connection = Sample.connection()
            connection.accountFingerprint = nil
            connection = try await store.connect(connection)
            let steps: [(account: String?, at: Double, isKept: Bool, expected: String?)] = [
                (nil, 5, true, nil), ("brand:1", 3, true, nil), ("brand:1", 6, false, nil),
                ("brand:1", 7, true, "brand:1"),
                ("brand:2", 8, true, "brand:1"), (nil, 9, true, "brand:1"),
            ]
            for step in steps {
                let meaning = PreflightMeaning(sync: .notStarted, from: nil, account: step.account)
                try await store.recordPreflight(
                    Sample.report(.pass, of: connection.id, at: Sample.after(step.at)),
                    meaning: step.isKept ? meaning : nil, audit: [Sample.event(.preflightRun)])
                #expect(try await store.connection(connection.id)?.accountFingerprint == step.expected)
            }
        },
        StoragePromise("of many reports at once the newest check speaks for the connection") { store in
            let connection = try await store.connect(Sample.connection())
            _ = try await inParallel(20) { number in
                let verdict: Verdict = number == 19 ? .fail : .pass
                let report = Sample.report(verdict, of: connection.id, at: Sample.after(Double(number)))
                try await store.recordPreflight(report, sync: .notStarted, audit: [Sample.event(.preflightRun)])
            }
            let summary = PreflightSummary(verdict: .fail, checkedAt: Sample.after(19))
            #expect(try await store.connection(connection.id)?.preflight == summary)
            #expect(try await store.latestPreflight(of: connection.id)?.verdict == .fail)
        },
        StoragePromise("a report of no live connection conflicts and leaves no trace") { store in
            let gone = try await store.connect(Sample.connection())
            try await store.eraseCredential(of: gone.id, at: Sample.start, audit: Sample.event())
            for id in [gone.id, Sample.newID()] {
                let before = try await store.observe(id)
                let report = Sample.report(.pass, of: id)
                await #expect(throws: StorageError.conflict) {
                    try await store.recordPreflight(report, sync: .notStarted, audit: [Sample.event(.preflightRun)])
                }
                #expect(try await store.observe(id) == before)
            }
        },
    ]

    static let statuses: [StoragePromise] = [
        StoragePromise("a status changes with its reason and its audit entry, and says so") { store in
            let connection = try await store.connect(Sample.connection())
            let changed = try await setStatus(.needsReauthorization, reason: "grant_gone", of: connection.id, in: store)
            #expect(changed)
            var expected = connection
            expected.status = .needsReauthorization
            expected.statusReason = "grant_gone"
            expected.updatedAt = Sample.after(3)
            #expect(try await store.connection(connection.id) == expected)
            #expect(try await store.recorded(.connectionNeedsReauthorization).count == 1)
        },
        StoragePromise("a late verdict about old tokens does not hurt new ones") { store in
            let connection = try await store.connect(Sample.connection(generation: 2))
            let before = try await store.observe(connection.id)
            for generation: UInt64 in [0, 1, 3, .max] {
                let changed = try await setStatus(.inDoubt, of: connection.id, generation: generation, in: store)
                #expect(!changed)
            }
            #expect(try await store.observe(connection.id) == before)
        },
        StoragePromise("a status that is there already, and one of an unknown connection, change nothing") { store in
            let connection = try await store.connect(Sample.connection())
            let before = try await store.observe(connection.id)
            let changed = try await setStatus(.active, of: connection.id, in: store)
            #expect(!changed)
            let changedUnknown = try await setStatus(.inDoubt, of: Sample.newID(), in: store)
            #expect(!changedUnknown)
            #expect(try await store.observe(connection.id) == before)
        },
        StoragePromise("disconnected never becomes anything else") { store in
            let connection = try await store.connect(Sample.connection())
            try await store.eraseCredential(of: connection.id, at: Sample.after(1), audit: Sample.event())
            let before = try await store.observe(connection.id)
            for status in ConnectionStatus.allCases {
                let changed = try await setStatus(status, reason: "late", of: connection.id, in: store)
                #expect(!changed)
            }
            #expect(try await store.observe(connection.id) == before)
        },
        StoragePromise("of many equal verdicts at once one changes the status and writes one entry") { store in
            let connection = try await store.connect(Sample.connection())
            let changes = try await inParallel { _ in
                try await setStatus(.needsReauthorization, reason: "x", of: connection.id, in: store)
            }
            #expect(changes.count { $0 } == 1)
            #expect(try await store.recorded(.connectionNeedsReauthorization).count == 1)
        },
    ]

    static let erasing: [StoragePromise] = [
        StoragePromise("erasing takes the credential, marks the connection and returns its entry's index") { store in
            let connection = try await store.connect(Sample.connection())
            let event = Sample.event(.connectionDisconnected, connection: connection.id)
            let index = try await store.eraseCredential(of: connection.id, at: Sample.after(5), audit: event)
            let after = try await store.observe(connection.id)
            #expect(after.connection?.status == .disconnected)
            #expect(after.connection?.updatedAt == Sample.after(5))
            #expect(after.credential == nil)
            #expect(after.entries.last == AuditEntry(index: try #require(index), event: event))
        },
        StoragePromise("erasing again, or what never was, does nothing and writes no entry") { store in
            let connection = try await store.connect(Sample.connection())
            let other = try await store.connect(Sample.connection(subdomain: "other"))
            try await store.eraseCredential(of: connection.id, at: Sample.start, audit: Sample.event())
            let before = try await store.observe(connection.id)
            for id in [connection.id, Sample.newID()] {
                let index = try await store.eraseCredential(of: id, at: Sample.after(9), audit: Sample.event())
                #expect(index == nil)
            }
            #expect(try await store.observe(connection.id) == before)
            #expect(try await store.credential(of: other.id) != nil)
        },
        StoragePromise("of many erasures at once one is recorded") { store in
            let connection = try await store.connect(Sample.connection())
            let indexes = try await inParallel { _ in
                try await store.eraseCredential(
                    of: connection.id, at: Sample.start, audit: Sample.event(.connectionDisconnected))
            }
            #expect(indexes.compactMap { $0 } == [2])
            #expect(try await store.recorded(.connectionDisconnected).count == 1)
        },
        StoragePromise("an erasure and a reconnect at once end in one of two whole states") { store in
            for round in 0..<10 {
                let first = try await store.connect(Sample.connection(subdomain: "org-\(round)"))
                let next = Sample.connection(first.id, subdomain: "org-\(round)", generation: 2)
                async let reconnected = attempt { try await store.reconnect(next, replacing: 1) }
                async let erased = store.eraseCredential(of: first.id, at: Sample.start, audit: Sample.event())
                _ = try await (reconnected, erased)
                // Whoever came first, the disconnect is final.
                #expect(try await store.connection(first.id)?.status == .disconnected)
                #expect(try await store.credential(of: first.id) == nil)
            }
        },
    ]
}

private func setStatus(
    _ status: ConnectionStatus, reason: String? = nil, of id: ConnectionID, generation: UInt64? = nil,
    in store: any GatewayStore
) async throws -> Bool {
    let known = try await store.connection(id)?.generation
    return try await store.setStatus(
        status, reason: reason, of: id, generation: generation ?? known ?? 1, at: Sample.after(3),
        audit: Sample.event(.connectionNeedsReauthorization, connection: id))
}
