extension ZendeskClient {
    /// Readable on Enterprise plans only, so the status tells whether sign-ins can be counted.
    package func auditLogsPage() async -> ZendeskAnswer<Done> {
        await get("/api/v2/audit_logs.json?page%5Bsize%5D=1", AnyObjectBody.self) { _ in Done() }
    }
}
