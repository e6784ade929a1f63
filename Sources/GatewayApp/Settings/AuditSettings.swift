/// Where audit checkpoints are kept, out of the database's reach.
package struct AuditSettings: Sendable {
    package let checkpointFile: String?

    init?(reading source: inout SettingsSource) {
        checkpointFile = source.text(.auditCheckpointFile)
    }
}
