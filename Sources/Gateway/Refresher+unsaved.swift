import FoundationEssentials
package import GatewayCore
import Storage

// Token sets that the database did not take (RT-14, RT-16).
extension Refresher {
    package var holdsUnsavedTokens: Bool { !unsaved.isEmpty }
    package func isUnsaved(_ id: ConnectionID) -> Bool { unsaved[id] != nil }

    /// Keeps the sealed set here and beside the database, and tries to save it until it is saved. Without `audit` it was found
    /// in the spill.
    func keepUnsaved(_ renewal: CredentialRenewal, audit: RenewalAudit?) {
        let id = renewal.credential.connection
        unsaved[id] = renewal
        seize(id)
        if (try? dependencies.spill.keep(renewal)) == nil {
            dependencies.metrics.count(
                "latchkey_spill_failures_total", "Renewed token sets that could not be written beside the database.")
        }
        gauge()
        savers[id] = Task { await self.saveUntilSaved(renewal, audit: audit) }
    }

    /// Ends every further try, as the end of the process would. What is unsaved stays in the spill.
    package func giveUp() {
        for saver in savers.values { saver.cancel() }
    }

    private func saveUntilSaved(_ renewal: CredentialRenewal, audit: RenewalAudit?) async {
        var pause = Duration.milliseconds(250)
        while !Task.isCancelled {
            if await saved(renewal, audit: audit) { break }
            try? await Task.sleep(for: pause)
            pause = min(pause * 2, .seconds(15))
        }
    }

    private func saved(_ renewal: CredentialRenewal, audit: RenewalAudit?) async -> Bool {
        do {
            let audit = if let audit { audit } else { try await dependencies.auditOfFound(renewal) }
            try await dependencies.save(renewal, audit: audit)
        } catch StorageError.conflict {
            do {
                if try await !dependencies.hasKept(renewal) { try await RefreshAttempt.discard(renewal, dependencies) }
            } catch {
                return false
            }
        } catch {
            return false
        }
        forget(renewal)
        return true
    }

    private func forget(_ renewal: CredentialRenewal) {
        let id = renewal.credential.connection
        unsaved[id] = nil
        savers[id] = nil
        dependencies.spill.remove(renewal)
        if flights[id] == nil { release(id) }
        gauge()
    }

    private func gauge() {
        dependencies.metrics.set(
            "latchkey_unsaved_token_sets", "Renewed token sets that the database has not taken yet.",
            to: Double(unsaved.count))
    }

    /// What the last run, or a command that has ended, could not save. Returns the files that fit nothing; they stay.
    package func mergeSpilled() async -> [String] {
        let (renewals, unreadable) = dependencies.spill.waiting()
        var left = unreadable
        for renewal in renewals where unsaved[renewal.credential.connection] == nil {
            switch await merge(renewal) {
            case true?: dependencies.spill.remove(renewal)
            case false?: left.append("\(renewal.credential.connection).\(renewal.credential.generation)")
            case nil: keepUnsaved(renewal, audit: nil)
            }
        }
        return left
    }

    /// Nil when the store does not answer.
    private func merge(_ renewal: CredentialRenewal) async -> Bool? {
        do {
            let stored = try await dependencies.store.credential(of: renewal.credential.connection)
            if try await dependencies.hasKept(renewal) { return true }
            guard stored?.generation == renewal.replaces else { return false }
            try await dependencies.save(renewal, audit: try await dependencies.auditOfFound(renewal))
            return true
        } catch StorageError.conflict {
            return false
        } catch {
            return nil
        }
    }
}
