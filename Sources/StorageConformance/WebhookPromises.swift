import GatewayCore
import Storage
import Testing

extension StoragePromise {
    static let webhooks: [StoragePromise] = [
        StoragePromise("only who asks for one gets a place in the log, and of many that ask at once all get the same") {
            store in
            try await store.append([Sample.event(), Sample.event()])
            #expect(try await store.webhookProgress(of: "settings") == nil)
            #expect(try await store.webhookProgress().isEmpty, "to look makes none")
            let places = try await inParallel(20) { number in
                try await store.webhookProgress(of: "settings", beginningAt: Int64(number % 2))
            }
            #expect(Set(places.map(\.cursor)).count == 1)
            #expect(try await store.webhookProgress() == [places[0]])
            #expect(try await store.webhookProgress(of: "settings") == places[0])
        },
        StoragePromise("a removed receiver has no place, and what was on its way to it makes none again") { store in
            let endpoint = WebhookEndpoint(
                id: Sample.newID(), tenant: .default, url: "https://hooks.example/a", secret: [1], keyID: "dk_1",
                createdAt: Sample.start)
            try await store.insertWebhookEndpoint(endpoint, cursor: 0, audit: Sample.event(.webhookEndpointCreated))
            let place = try #require(try await store.webhookProgress(of: endpoint.id.text))
            #expect(place == WebhookProgress(name: endpoint.id.text, cursor: 0))
            #expect(
                try await store.removeWebhookEndpoint(endpoint.id, audit: Sample.event(.webhookEndpointRemoved)))
            #expect(try await store.advanceWebhook(place, to: 1, deliveredAt: Sample.start) == false)
            let failure = WebhookFailure(at: Sample.start, code: "status.500", nextAttemptAt: Sample.after(5))
            #expect(try await store.recordWebhookFailure(failure, of: place, disabling: nil) == false)
            #expect(try await store.webhookProgress(of: endpoint.id.text) == nil)
            #expect(try await store.webhookProgress().isEmpty)
        },
    ]
}
