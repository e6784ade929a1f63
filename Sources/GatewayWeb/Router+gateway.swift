package import Hummingbird

/// The site, with its middleware.
package func makeRouter(_ web: WebDependencies) throws -> Router<GatewayContext> {
    let limits = RateLimits(isOn: web.settings.limitsRates, clock: web.clock)
    let routes = try routes(web, limits)
    let router = Router(context: GatewayContext.self)
    // Middleware applies to what is added after it, so all of it comes first; the outermost is the first.
    router.add(middleware: SecurityHeaders(settings: web.settings))
    router.add(middleware: CallerAddress(trustedProxies: web.settings.trustedProxies))
    router.add(middleware: AccessLog(logger: web.logger))
    router.add(middleware: ErrorPages(renderer: web.renderer, logger: web.logger))
    router.add(middleware: DenialRecord(web: web, limits: limits))
    router.add(middleware: RequestLimit(limits: limits))
    router.add(middleware: HTTPSOnly(settings: web.settings))
    router.add(middleware: AllowedMethods(table: RouteTable(routes)))
    for route in routes { router.on(RouterPath(route.pattern), method: route.method, use: route.answer) }
    return router
}

func routes(_ web: WebDependencies, _ limits: RateLimits) throws -> [Route] {
    try pages(web, limits) + api(web, limits) + plumbing(web)
}

private func pages(_ web: WebDependencies, _ limits: RateLimits) throws -> [Route] {
    let visitors = Visitors(access: web.consoleAccess, cookies: CookieRules(isHTTPS: web.settings.isHTTPS))
    let desk = PageDesk(web: web, visitors: visitors, limits: limits)
    let (signIn, integrations) = (SignInController(desk: desk), IntegrationsController(desk: desk))
    let (connect, callback) = (
        ConnectController(desk: desk), CallbackController(desk: desk, refused: RefusedCallbacks(clock: web.clock))
    )
    let connection = ConnectionController(desk: desk)
    let diagnostics = DiagnosticsController(desk: desk)
    let allConnections = AllConnectionsController(desk: desk)
    let (cold, handedOver) = (ColdDiagnosticsController(desk: desk), HandedOverController(desk: desk))
    return Route.get("/", integrations.start)
        + Route.getOnce("/sign-in/{token}", signIn.signIn)
        + Route.post("/sign-out", signIn.signOut)
        + Route.get("/integrations", integrations.tiles)
        + Route.get("/integrations/zendesk", integrations.zendesk)
        + Route.getOnce("/connect/{token}", signIn.openConnectSession)
        + Route.get("/connect", connect.form)
        + Route.post("/connect", connect.begin)
        + Route.getOnce("/oauth/callback", callback.receive)
        + Route.get("/oauth/refused/{reference}", callback.explain)
        + Route.get("/connections", allConnections.show)
        + Route.get("/connections/{id}", connection.show)
        + Route.get("/connections/{id}/diagnostics", diagnostics.show)
        + Route.post("/connections/{id}/diagnostics", diagnostics.run)
        + Route.get("/connections/{id}/diagnostics.txt", diagnostics.text)
        + Route.get("/connections/{id}/diagnostics.json", diagnostics.json)
        + Route.post("/connections/{id}/diagnostics/links", diagnostics.makeLink)
        + Route.post("/connections/{id}/diagnostics/links/revoke", diagnostics.revokeLink)
        + Route.get("/diagnose/{token}", handedOver.open)
        + Route.get("/diagnose", handedOver.show)
        + Route.post("/diagnose", handedOver.run)
        + Route.get("/diagnostics", cold.form)
        + Route.post("/diagnostics", cold.check)
        + Route.post("/connections/{id}/refresh", connection.refresh)
        + Route.post("/connections/{id}/disconnect", connection.disconnect)
        + security(SecurityController(desk: desk, proofs: ProofDesk()))
}

private func security(_ security: SecurityController) -> [Route] {
    Route.get("/security", security.show)
        + Route.get("/security/progress", security.progress)
        + Route.post("/security/generate", security.generate)
        + Route.post("/security/rotate", security.rotate)
        + Route.post("/security/reseal", security.reseal)
        + Route.post("/security/pause", security.pause)
        + Route.post("/security/resume", security.resume)
        + Route.post("/security/speed", security.speed)
        + Route.post("/security/verify", security.verify)
        + Route.post("/security/keys/{key}/promote", security.promote)
        + Route.get("/security/keys/{key}/retire", security.askToRetire)
        + Route.post("/security/keys/{key}/retire", security.retire)
        + Route.get("/security/keys/{key}/destroy", security.askToDestroy)
        + Route.post("/security/keys/{key}/destroy", security.destroy)
        + Route.post("/security/keys/{key}/keep", security.keep)
}

private func api(_ web: WebDependencies, _ limits: RateLimits) -> [Route] {
    let desk = APIDesk(web: web, limits: limits)
    let (sessions, connections) = (ConnectSessionsAPI(desk: desk), ConnectionsAPI(desk: desk))
    let (audit, preflight) = (AuditAPI(desk: desk), PreflightAPI(desk: desk))
    return Route.post("/v1/connect-sessions", sessions.create)
        + Route.get("/v1/connections", connections.list)
        + Route.get("/v1/connections/{id}", connections.show)
        + Route.delete("/v1/connections/{id}", connections.disconnect)
        + Route.post("/v1/preflight", preflight.runCold)
        + Route.post("/v1/connections/{id}/preflight", preflight.run)
        + Route.get("/v1/connections/{id}/preflight", preflight.latest)
        + Route.get("/v1/connections/{id}/preflights", preflight.history)
        + Route.get("/v1/connections/{id}/preflights/{report}", preflight.report)
        + Route.post("/v1/connections/{id}/access-token", AccessTokenAPI(desk: desk).create)
        + Route.get("/v1/connections/{id}/generation", LeasesAPI(desk: desk).generation)
        + Route.post("/v1/connections/{id}/refresh", RefreshAPI(desk: desk).refresh)
        + Route.anyMethod("/v1/connections/{id}/proxy/**", ProxyAPI(desk: desk).forward)
        + Route.delete("/v1/leases/{id}", LeasesAPI(desk: desk).release)
        + keys(KeysAPI(desk: desk))
        + Route.get("/v1/audit", audit.entries)
        + Route.get("/v1/audit/checkpoint", audit.checkpoint)
        + Route.get("/v1/audit/proof", audit.proof)
}

private func keys(_ keys: KeysAPI) -> [Route] {
    Route.get("/v1/keys", keys.list)
        + Route.post("/v1/keys", keys.generate)
        + Route.post("/v1/keys/{id}/promote", keys.promote)
        + Route.post("/v1/keys/{id}/retire", keys.retire)
        + Route.post("/v1/keys/{id}/destroy", keys.destroy)
        + Route.get("/v1/keys/reseal", keys.reseal)
        + Route.post("/v1/keys/reseal", keys.startReseal)
        + Route.patch("/v1/keys/reseal", keys.steerReseal)
        + Route.post("/v1/keys/verify", keys.verify)
        + Route.post("/v1/keys/rotate", keys.rotate)
}

private func plumbing(_ web: WebDependencies) throws -> [Route] {
    let health = HealthController(
        store: web.store, auditLog: web.auditLog, keyDesk: web.keyDesk, clock: web.clock)
    let metrics = MetricsController(metrics: web.metrics)
    let assets = try AssetsController(directory: web.settings.assetsDirectory)
    return try Route.get("/healthz", health.live)
        + Route.get("/readyz", health.ready)
        + Route.get("/metrics", metrics.text)
        + Route.get("/assets/{name}", assets.file)
        + Route.get("/openapi.yaml", DescriptionController(directory: web.settings.assetsDirectory).description)
}
