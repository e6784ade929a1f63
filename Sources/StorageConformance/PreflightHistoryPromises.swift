import FoundationEssentials
import GatewayCore
import Storage
import Testing

extension StoragePromise {
    static let preflightHistory: [StoragePromise] = [
        StoragePromise("a meaning that was made from another state of the connection conflicts and keeps nothing") {
            store in
            let connection = try await store.connect(Sample.connection())
            try await store.recordPreflight(
                Sample.report(.pass, of: connection.id), sync: .notStarted, audit: [Sample.event(.preflightRun)])
            let before = try await store.observe(connection.id)
            for from in [
                PreflightMeaning.Before(verdict: nil, sync: .notStarted),
                .init(verdict: .fail, sync: .notStarted), .init(verdict: .pass, sync: .running),
            ] {
                let report = Sample.report(.fail, of: connection.id, at: Sample.after(5))
                await #expect(throws: StorageError.conflict) {
                    try await store.recordPreflight(
                        report, meaning: PreflightMeaning(sync: .waitingForPreflight, from: from),
                        audit: [Sample.event(.preflightRun)])
                }
            }
            #expect(try await store.observe(connection.id) == before)
            #expect(try await store.preflightHistory(of: connection.id, before: nil, limit: 10).count == 1)
        },
        StoragePromise("of many reports with the same meaning at once one is taken") { store in
            let connection = try await store.connect(Sample.connection())
            let won = try await inParallel(20) { number in
                try await attempt {
                    try await store.recordPreflight(
                        Sample.report(.fail, of: connection.id, at: Sample.after(Double(number))),
                        meaning: PreflightMeaning(
                            sync: .waitingForPreflight, from: .init(verdict: nil, sync: .notStarted)),
                        audit: [Sample.event(.preflightVerdictChanged)])
                }
            }
            #expect(won.count { $0 == .won } == 1)
            #expect(try await store.recorded(.preflightVerdictChanged).count == 1)
        },
        StoragePromise("a report without a meaning is kept and leaves the summary alone") { store in
            let connection = try await store.connect(Sample.connection())
            let report = Sample.report(.fail, of: connection.id, at: Sample.after(9))
            try await store.recordPreflight(report, meaning: nil, audit: [Sample.event(.preflightRun)])
            #expect(try await store.connection(connection.id) == connection)
            #expect(try await store.latestPreflight(of: connection.id) == report)
        },
        StoragePromise("a whole report is found by its id, only under its own connection") { store in
            let (one, two) = (
                try await store.connect(Sample.connection()),
                try await store.connect(Sample.connection(subdomain: "other"))
            )
            let report = Sample.report(.warn, of: one.id)
            try await store.recordPreflight(report, sync: .notStarted, audit: [])
            #expect(try await store.preflight(report.id, of: one.id) == report)
            #expect(try await store.preflight(report.id, of: two.id) == nil)
        },
        StoragePromise("the history comes newest first, in pages, and each connection's own") { store in
            let (one, two) = (
                try await store.connect(Sample.connection()),
                try await store.connect(Sample.connection(subdomain: "other"))
            )
            for number in 0..<5 {
                for id in [one.id, two.id] {
                    try await store.recordPreflight(
                        Sample.report(.pass, of: id, at: Sample.after(Double(number))), sync: .notStarted, audit: [])
                }
            }
            let first = try await store.preflightHistory(of: one.id, before: nil, limit: 3)
            let second = try await store.preflightHistory(of: one.id, before: first.last?.position, limit: 3)
            #expect((first + second).map(\.lastAt) == [4, 3, 2, 1, 0].map { Sample.after($0) })
        },
        StoragePromise("older runs that found the same become one stretch, and a change begins another") { store in
            let connection = try await store.connect(Sample.connection())
            let runs = PreflightBounds.runs + 40
            for number in 0..<runs {
                try await store.recordPreflight(
                    Sample.report(
                        .warn, of: connection.id, at: Sample.after(Double(number)),
                        outcomes: number < 10 ? "a=warn" : ""),
                    sync: .notStarted, audit: [])
            }
            let history = try await store.preflightHistory(of: connection.id, before: nil, limit: 10_000)
            #expect(history.count == PreflightBounds.runs + 2)
            #expect(history.reduce(0) { $0 + $1.runs } == runs)
            let last = try #require(history.last)
            #expect(last.runs == 10 && last.outcomes == "a=warn")
            #expect(last.firstAt == Sample.after(0) && last.lastAt == Sample.after(9))
            let middle = history[history.count - 2]
            #expect(middle.runs == 30 && middle.firstAt == Sample.after(10) && middle.lastAt == Sample.after(39))
        },
        StoragePromise("whatever happens a connection's history stays within its bounds") { store in
            let connection = try await store.connect(Sample.connection())
            for number in 0..<(PreflightBounds.stretches + 100) {
                try await store.recordPreflight(
                    Sample.report(
                        .warn, of: connection.id, at: Sample.after(Double(number)), outcomes: "\(number % 2)=warn"),
                    sync: .notStarted, audit: [])
            }
            let history = try await store.preflightHistory(of: connection.id, before: nil, limit: 10_000)
            #expect(history.count == PreflightBounds.stretches)
            var whole = 0
            for stretch in history where try await store.preflight(stretch.report, of: connection.id) != nil {
                whole += 1
            }
            #expect(whole == PreflightBounds.reports)
        },
        StoragePromise("what is older than a date is forgotten, a batch at a time, and nothing younger") { store in
            let connection = try await store.connect(Sample.connection())
            for number in 0..<10 {
                try await store.recordPreflight(
                    Sample.report(.pass, of: connection.id, at: Sample.after(Double(number))), sync: .notStarted,
                    audit: [])
            }
            let batches = [
                try await store.forgetPreflights(endedBefore: Sample.after(6), limit: 4),
                try await store.forgetPreflights(endedBefore: Sample.after(6), limit: 4),
            ]
            #expect(batches == [4, 2])
            #expect(try await store.preflightHistory(of: connection.id, before: nil, limit: 100).count == 4)
            #expect(try await store.latestPreflight(of: connection.id)?.checkedAt == Sample.after(9))
        },
        StoragePromise("a stretch that reaches beyond the date is not forgotten for having begun before it") { store in
            let connection = try await store.connect(Sample.connection())
            let runs = PreflightBounds.runs + 10
            for number in 0..<runs {
                try await store.recordPreflight(
                    Sample.report(.pass, of: connection.id, at: Sample.after(Double(number))), sync: .notStarted,
                    audit: [])
            }
            #expect(try await store.forgetPreflights(endedBefore: Sample.after(5), limit: 100) == 0)
            let kept = try await store.preflightHistory(of: connection.id, before: nil, limit: 100)
            #expect(kept.reduce(0) { $0 + $1.runs } == runs)
        },
    ]

    static let preflightSchedule: [StoragePromise] = [
        StoragePromise("a new connection is due ten minutes later, and a claimed one not before the claim ends") {
            store in
            let connection = try await store.connect(Sample.connection())
            #expect(try await claim(store, at: 599) == [])
            #expect(try await claim(store, at: 600) == [connection.id])
            #expect(try await claim(store, at: 601) == [])
            #expect(try await claim(store, at: 1_200) == [connection.id])
        },
        StoragePromise("of many that claim at once each connection goes to one") { store in
            for number in 0..<30 { try await store.connect(Sample.connection(subdomain: "org-\(number)")) }
            let claimed = try await inParallel(10) { _ in
                try await store.claimDuePreflights(at: Sample.after(700), until: Sample.after(1_300), limit: 4)
            }.flatMap { $0 }
            #expect(claimed.count == 30 && Set(claimed).count == 30)
            #expect(try await store.duePreflightCount(at: Sample.after(700)) == 0)
        },
        StoragePromise("the most overdue come first, and a planned one when its date comes") { store in
            let ids = try await (0..<3).asyncMap { number in
                try await store.connect(Sample.connection(subdomain: "org-\(number)")).id
            }
            for (number, id) in ids.enumerated() {
                try await store.planPreflight(of: id, due: Sample.after(3_000 - Double(number)))
            }
            #expect(
                try await store.claimDuePreflights(at: Sample.after(3_000), until: .distantFuture, limit: 2)
                    == [ids[2], ids[1]])
        },
        StoragePromise("one that is over or needs authorization is due never, until it lives again") { store in
            let (gone, refused) = (
                try await store.connect(Sample.connection()),
                try await store.connect(Sample.connection(subdomain: "other"))
            )
            try await store.eraseCredential(of: gone.id, at: Sample.start, audit: Sample.event())
            try await store.setStatus(
                .needsReauthorization, reason: nil, of: refused.id, generation: 1, at: Sample.start,
                audit: Sample.event())
            try await store.planPreflight(of: gone.id, due: Sample.start)
            #expect(try await claim(store, at: 100_000) == [])
            try await store.reconnect(
                Sample.connection(refused.id, subdomain: "other", generation: 2), replacing: 1)
            #expect(try await claim(store, at: 100_000) == [refused.id])
        },
        StoragePromise("live connections are counted by verdict") { store in
            for (number, verdict) in [Verdict.pass, .pass, .fail].enumerated() {
                let connection = try await store.connect(Sample.connection(subdomain: "org-\(number)"))
                try await store.recordPreflight(Sample.report(verdict, of: connection.id), sync: .notStarted, audit: [])
            }
            let gone = try await store.connect(Sample.connection(subdomain: "gone"))
            try await store.recordPreflight(Sample.report(.warn, of: gone.id), sync: .notStarted, audit: [])
            try await store.eraseCredential(of: gone.id, at: Sample.start, audit: Sample.event())
            #expect(try await store.preflightVerdictCounts() == [.pass: 2, .fail: 1])
        },
    ]

    static let diagnosticsLinks: [StoragePromise] = [
        StoragePromise("a link is found by its digest while it lives, and its first opening is written down once") {
            store in
            let connection = try await store.connect(Sample.connection())
            let link = Sample.diagnosticsLink(connection.id)
            try await store.insertDiagnosticsLink(
                link, digest: Sample.digest("a"), limit: 5, audit: Sample.event(.diagnosticsLinkCreated))
            #expect(try await store.diagnosticsLink(digest: Sample.digest("a"), at: Sample.after(599)) == link)
            #expect(try await store.diagnosticsLink(digest: Sample.digest("a"), at: Sample.after(600)) == nil)
            #expect(try await store.diagnosticsLink(digest: Sample.digest("b"), at: Sample.start) == nil)
            for second in [1.0, 2] {
                try await store.noteDiagnosticsLinkOpened(
                    link.id, at: Sample.after(second), audit: Sample.event(.diagnosticsLinkOpened))
            }
            #expect(
                try await store.diagnosticsLinks(of: connection.id, at: Sample.start).first?.openedAt == Sample.after(1)
            )
            #expect(try await store.recorded(.diagnosticsLinkOpened).count == 1)
        },
        StoragePromise("more than the limit at once, another tenant's or an ended connection's link conflicts") {
            store in
            let connection = try await store.connect(Sample.connection())
            let made = try await inParallel(10) { number in
                try await attempt {
                    try await store.insertDiagnosticsLink(
                        Sample.diagnosticsLink(connection.id), digest: Sample.digest("\(number)"), limit: 5,
                        audit: Sample.event(.diagnosticsLinkCreated))
                }
            }
            #expect(made.count { $0 == .won } == 5)
            let other = Sample.diagnosticsLink(connection.id, tenant: try Sample.tenant("other"))
            await #expect(throws: StorageError.conflict) {
                try await store.insertDiagnosticsLink(
                    other, digest: Sample.digest("x"), limit: 50, audit: Sample.event())
            }
            try await store.eraseCredential(of: connection.id, at: Sample.start, audit: Sample.event())
            #expect(try await store.diagnosticsLink(digest: Sample.digest("0"), at: Sample.start) == nil)
            await #expect(throws: StorageError.conflict) {
                try await store.insertDiagnosticsLink(
                    Sample.diagnosticsLink(connection.id), digest: Sample.digest("y"), limit: 50,
                    audit: Sample.event())
            }
        },
        StoragePromise("a link that was taken back is gone at once, and only its own connection takes it back") {
            store in
            let (one, two) = (
                try await store.connect(Sample.connection()),
                try await store.connect(Sample.connection(subdomain: "other"))
            )
            let link = Sample.diagnosticsLink(one.id)
            try await store.insertDiagnosticsLink(
                link, digest: Sample.digest("a"), limit: 5, audit: Sample.event(.diagnosticsLinkCreated))
            let event = Sample.event(.diagnosticsLinkRevoked)
            let wrong = try await store.revokeDiagnosticsLink(link.id, of: two.id, at: Sample.start, audit: event)
            let right = try await store.revokeDiagnosticsLink(link.id, of: one.id, at: Sample.start, audit: event)
            let again = try await store.revokeDiagnosticsLink(link.id, of: one.id, at: Sample.start, audit: event)
            #expect(!wrong && right && !again)
            #expect(try await store.diagnosticsLink(digest: Sample.digest("a"), at: Sample.start) == nil)
            #expect(try await store.recorded(.diagnosticsLinkRevoked).count == 1)
        },
        StoragePromise("expired links are swept, live ones stay") { store in
            let connection = try await store.connect(Sample.connection())
            for (name, end) in [("a", 10.0), ("b", 600)] {
                try await store.insertDiagnosticsLink(
                    Sample.diagnosticsLink(connection.id, expiresAt: Sample.after(end)), digest: Sample.digest(name),
                    limit: 5, audit: Sample.event())
            }
            try await store.sweepDiagnosticsLinks(now: Sample.after(10))
            #expect(try await store.diagnosticsLinks(of: connection.id, at: .distantPast).count == 1)
        },
    ]
}

private func claim(_ store: any GatewayStore, at seconds: Double) async throws -> [ConnectionID] {
    try await store.claimDuePreflights(at: Sample.after(seconds), until: Sample.after(seconds + 600), limit: 100)
}

extension Sequence {
    fileprivate func asyncMap<Value>(_ step: (Element) async throws -> Value) async throws -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await step(element)) }
        return values
    }
}
