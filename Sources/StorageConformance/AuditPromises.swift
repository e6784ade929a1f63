import GatewayCore
import Storage
import Testing

extension StoragePromise {
    static let auditLog: [StoragePromise] = [
        StoragePromise("audit entries come back word for word, whatever was recorded") { store in
            let id: ConnectionID = Sample.newID()
            let tenant = try Sample.tenant("globex")
            let outcomes: [AuditOutcome] = [.succeeded, .refused(code: "no"), .failed(code: "''; --")]
            var events = AuditAction.allCases.map { Sample.event($0) }
            for (number, kind) in AuditActor.Kind.allCases.enumerated() {
                events.append(
                    AuditEvent(
                        at: Sample.after(Double(number) / 1000), actor: AuditActor(kind: kind, id: "id \(number)"),
                        action: .accessDenied, outcome: outcomes[number % 3], tenant: tenant, connection: id,
                        subject: "\u{1F600} \"'\n", generation: .max, keyID: "dk_1"))
            }
            try await store.append(events)
            #expect(try await store.auditEntries(after: 0, limit: 1000).map(\.event) == events)
        },
        StoragePromise("an index starts at 1 and has no gaps, under many writers and conflicts") { store in
            let connection = try await store.connect(Sample.connection())
            _ = try await inParallel(100) { number in
                switch number % 3 {
                case 0: try await store.append([Sample.event(), Sample.event()])
                case 1: _ = try await attempt { try await store.connect(connection) }
                default: try await store.insert(Sample.pending("\(number)"))
                }
            }
            let indexes = try await store.auditEntries(after: 0, limit: 1000).map(\.index)
            #expect(indexes == Array(1...Int64(1 + 34 * 2 + 33)))
        },
        StoragePromise("what is appended together stands together, in its order") { store in
            _ = try await inParallel(20) { number in
                try await store.append((0..<5).map { Sample.event(subject: "\(number) \($0)") })
            }
            let subjects = try await store.auditEntries(after: 0, limit: 1000).compactMap(\.event.subject)
            #expect(subjects.count == 100)
            for start in stride(from: 0, to: 100, by: 5) {
                let writer = subjects[start].prefix { $0 != " " }
                #expect(subjects[start..<start + 5].elementsEqual((0..<5).map { "\(writer) \($0)" }))
            }
        },
        StoragePromise("entries are read after an index, oldest first, as many as asked for") { store in
            try await store.append((1...5).map { Sample.event(subject: "\($0)") })
            #expect(try await store.auditEntries(after: 0, limit: 2).map(\.index) == [1, 2])
            #expect(try await store.auditEntries(after: 2, limit: 2).map(\.index) == [3, 4])
            #expect(try await store.auditEntries(after: 4, limit: 2).map(\.event.subject) == ["5"])
            for (index, limit) in [(5, 2), (.max, 2), (0, 0), (0, -1)] as [(Int64, Int)] {
                #expect(try await store.auditEntries(after: index, limit: limit).isEmpty)
            }
            #expect(try await store.auditEntries(after: .min, limit: .max).count == 5)
        },
        StoragePromise("an emergency is open from its last begin to the end that follows it, and is told by that begin")
        {
            store in
            #expect(try await store.openEmergency() == nil)
            for (actions, begin) in [
                ([.emergencyRotationBegun, .connectionCreated], 1), ([.emergencyRotationBegun], 3),
                ([.emergencyRotationCompleted, .connectionCreated], nil), ([.emergencyRotationBegun], 6),
            ] as [([AuditAction], Int64?)] {
                try await store.append(actions.map { Sample.event($0, subject: "all") })
                let open = try await store.openEmergency()
                #expect(open?.index == begin)
                #expect(open.map(\.event) == begin.map { _ in Sample.event(.emergencyRotationBegun, subject: "all") })
            }
        },
        StoragePromise(
            "KEY-29: the last time that the database was found to be older is remembered, acceptances are not it"
        ) {
            store in
            #expect(try await store.lastDoubt() == nil)
            let outcomes: [AuditOutcome] = [.failed(code: "older"), .succeeded, .failed(code: "older"), .succeeded]
            for (number, outcome) in outcomes.enumerated() {
                try await store.append([
                    AuditEvent(
                        at: Sample.after(Double(number)), actor: .system, action: .backupRestored, outcome: outcome)
                ])
            }
            #expect(try await store.lastDoubt() == Sample.after(2))
        },
        StoragePromise("nothing to append writes nothing") { store in
            try await store.append([])
            #expect(try await store.entryCount() == 0)
        },
    ]

    static let health: [StoragePromise] = [
        StoragePromise("a sound store is healthy as often as asked, and the asking leaves no trace in the log") {
            store in
            _ = try await inParallel(10) { _ in try await store.checkHealth() }
            #expect(try await store.entryCount() == 0)
        }
    ]
}
