import FoundationEssentials
import HTTPTypes
import Testing

@testable import ZendeskEmulator

@Suite struct `Incremental exports` {
    let visit = Visit()

    private func page(_ query: String, _ token: String) -> Answer {
        visit.api("incremental/users/cursor.json?\(query)", token)
    }

    @Test func `a walk by cursors sees everybody once and ends`() throws {
        let token = visit.connect().access
        var (seen, query, pages) = ([Int64](), "start_time=0&per_page=3", 0)
        while pages < 10 {
            let body = try #require(page(query, token).bodyJSON)
            guard case .array(let users)? = body["users"] else { break }
            for user in users {
                if case .integer(let id)? = user["id"] { seen.append(id) }
                #expect(user["permanently_deleted"] == .bool(false))
            }
            pages += 1
            if body["end_of_stream"] == .bool(true) { break }
            query = try "per_page=3&cursor=" + #require(body["after_cursor"]?.text)
        }
        let everybody = visit.world.organization("acme")?.people.map(\.id) ?? []
        #expect(Set(seen) == Set(everybody) && seen.count == everybody.count && pages == (everybody.count + 2) / 3)
    }

    @Test func `the link to the next page keeps the size, and the last cursor is where the next sync begins`() throws {
        let token = visit.connect().access
        let body = try #require(page("start_time=0&per_page=2", token).bodyJSON)
        #expect(body["after_url"]?.text?.contains("per_page=2") == true)
        let all = try #require(page("start_time=0", token).bodyJSON)
        #expect(all["end_of_stream"] == .bool(true))
        let last = try #require(all["after_cursor"]?.text)
        #expect(page("cursor=\(last)", token).bodyJSON?["users"] == .array([]))
        visit.world.update("acme") { $0.people[3].updatedAt = $0.people[3].updatedAt.addingTimeInterval(5) }
        guard case .array(let changed)? = page("cursor=\(last)", token).bodyJSON?["users"] else { return }
        #expect(changed.count == 1)
    }

    @Test func `a start of the last minute, none at all, and nonsense are refused`() {
        let token = visit.connect().access
        let now = Int64(visit.world.now.timeIntervalSince1970)
        #expect(page("start_time=\(now - 30)", token).errorWord == "StartTimeTooRecent")
        for query in ["", "start_time=x", "start_time=-1", "cursor=zzz", "start_time=0&per_page=0"] {
            #expect(page(query, token).status == 400, "\(query)")
        }
    }

    @Test func `ten requests a minute, then 429 with Retry-After`() {
        let token = visit.connect().access
        for _ in 0..<IncrementalExport.requestsAMinute { #expect(page("start_time=0", token).status == 200) }
        let answer = page("start_time=0", token)
        #expect(answer.status == 429 && answer.headers[.retryAfter] != nil)
    }
}
