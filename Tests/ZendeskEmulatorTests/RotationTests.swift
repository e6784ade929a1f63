import HTTPTypes
import Testing

@testable import ZendeskEmulator

@Suite struct `Rotation` {
    let visit = Visit()

    @Test func `kills both old tokens before the answer`() {
        let old = visit.connect()
        let new = Pair(visit.refresh(old.refresh))
        #expect(visit.api("users", old.access).errorWord == "invalid_token")
        #expect(visit.api("users", new.access).status == 200)
        #expect(visit.world.liveTokens("acme").count == 1)
    }

    @Test func `a second use of a refresh token kills everything that came from the same grant, and is counted`() {
        let first = visit.connect()
        let second = Pair(visit.refresh(first.refresh))
        let bystander = visit.connect()
        #expect(visit.refresh(first.refresh).errorWord == "invalid_grant")
        #expect(visit.world.doubleUses == 1)
        #expect(visit.api("users", second.access).errorWord == "invalid_token")
        #expect(visit.refresh(second.refresh).errorWord == "invalid_grant")
        #expect(visit.world.doubleUses == 1)
        #expect(visit.api("users", bystander.access).status == 200)
    }

    @Test func `works before and after the access token expired, until the refresh token does`() {
        let pair = visit.connect()
        visit.world.shiftClock(by: 3_600)
        #expect(visit.api("users", pair.access).errorWord == "invalid_token")
        let next = Pair(visit.refresh(pair.refresh, ["refresh_token_expires_in": 604_800]))
        #expect(visit.api("users", next.access).status == 200)
        visit.world.shiftClock(by: 604_800)
        #expect(visit.refresh(next.refresh).errorWord == "invalid_grant")
        #expect(visit.world.doubleUses == 0)
    }

    @Test func `a refused refresh leaves the pair alive`() {
        let pair = visit.connect()
        #expect(visit.refresh(pair.refresh, ["client_secret": "wrong"]).errorWord == "invalid_client")
        #expect(visit.refresh(pair.refresh, ["expires_in": 1]).errorWord == "invalid_request")
        #expect(visit.refresh(pair.refresh, ["scope": "read write impersonate"]).errorWord == "invalid_scope")
        #expect(
            visit.refresh(pair.refresh, ["client_id": "zdg-public", "client_secret": nil]).errorWord == "invalid_grant")
        #expect(visit.api("users", pair.access).status == 200)
        #expect(visit.refresh(pair.refresh).status == 200)
    }

    @Test func `a grant with a proof key refreshes without the secret, another does not`() {
        let proven = visit.connect()
        #expect(visit.refresh(proven.refresh, ["client_secret": nil]).status == 200)
        let code = visit.code(["code_challenge": nil, "code_challenge_method": nil])
        let unproven = Pair(visit.exchange(code, ["code_verifier": nil]))
        #expect(visit.refresh(unproven.refresh, ["client_secret": nil]).errorWord == "invalid_client")
        #expect(visit.refresh(unproven.refresh).status == 200)
    }

    @Test func `a refresh without a wish falls back to the default lifetime`() {
        let pair = visit.connect()
        let next = Pair(visit.refresh(pair.refresh, ["expires_in": nil]))
        visit.world.shiftClock(by: 1_800)
        #expect(visit.api("users", next.access).errorWord == "invalid_token")
    }

    @Test func `a second authorization leaves the first alone`() {
        let first = visit.connect()
        let second = visit.connect()
        #expect(visit.api("users", first.access).status == 200)
        #expect(visit.api("users", second.access).status == 200)
    }

    @Test func `revoking a record ends both of its tokens`() {
        let pair = visit.connect()
        visit.world.revoke("acme")
        #expect(visit.api("users/me", pair.access).errorWord == "invalid_token")
        #expect(visit.refresh(pair.refresh).errorWord == "invalid_grant")
        #expect(visit.world.doubleUses == 0)
    }

    @Test func `a deleted person's tokens end`() {
        let pair = visit.connect()
        visit.world.update("acme") { $0.people[0].isActive = false }
        #expect(visit.api("users/me", pair.access).errorWord == "invalid_token")
        #expect(visit.refresh(pair.refresh).errorWord == "invalid_grant")
    }
}
