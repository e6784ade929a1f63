import FoundationEssentials
package import Gateway
import GatewayCore
package import Storage

/// A data key as programs see it, by the API and by `latchkey keys list --json` alike. Every member is always there.
package struct DataKeyJSON: Encodable {
    let id: String
    let state: String
    let created_at: Nullable<String>
    let activated_at: Nullable<String>
    let retired_at: Nullable<String>
    let destroy_at: Nullable<String>
    let seals: Int64
    let records: Int
    let shut_out: Bool

    package init(_ key: KeyStanding.Key) {
        id = key.id
        state = key.state
        created_at = Nullable(key.createdAt?.formatted(.iso8601))
        activated_at = Nullable(key.activatedAt?.formatted(.iso8601))
        retired_at = Nullable(key.retiredAt?.formatted(.iso8601))
        destroy_at = Nullable(key.destroyAt?.formatted(.iso8601))
        seals = key.seals
        records = key.records
        shut_out = key.isShutOut
    }
}

/// How far a reseal is.
package struct ResealJSON: Encodable {
    let state: String
    let target: String
    let done: Int
    let overtaken: Int
    let total: Int
    let rows_per_second: Nullable<Int>
    let started_at: String
    let updated_at: String
    let completed_at: Nullable<String>

    package init(_ run: ResealRun) {
        state = run.state.rawValue
        target = run.target
        done = run.done
        overtaken = run.overtaken
        total = run.total
        rows_per_second = Nullable(run.rowsPerSecond)
        started_at = run.startedAt.formatted(.iso8601)
        updated_at = run.updatedAt.formatted(.iso8601)
        completed_at = Nullable(run.completedAt?.formatted(.iso8601))
    }
}

/// What a proof found.
package struct ProofJSON: Encodable {
    let complete: Bool
    let primary: String
    let counts: [String: [String: Int]]
    let opened: Int
    let unreadable: Int
    let unreadable_rows: [String]
    let rolled_back: [String]
    let log_emptied: Bool

    package init(_ proof: CompletenessProof) {
        complete = proof.isComplete
        primary = proof.primary
        counts = Dictionary(
            uniqueKeysWithValues: proof.counts.filter { !$0.value.isEmpty }.map { ($0.key.rawValue, $0.value) })
        opened = proof.opened
        unreadable = proof.unreadableCount
        unreadable_rows = proof.unreadable
        rolled_back = proof.rolledBack.map(\.text)
        log_emptied = proof.isPurged
    }
}
