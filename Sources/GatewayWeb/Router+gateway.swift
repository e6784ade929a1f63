package import Hummingbird

/// The site, with its middleware.
package func makeRouter(_ web: WebDependencies) throws -> Router<GatewayContext> {
    let limits = RateLimits(isOn: web.settings.limitsRates, clock: web.clock)
    let routes = try pages(web, limits) + api(web, limits) + plumbing(web)
    let router = Router(context: GatewayContext.self)
    // Middleware applies to what is added after it, so all of it comes first; the outermost is the first.
    router.add(middleware: SecurityHeaders(settings: web.settings))
    router.add(middleware: AccessLog(logger: web.logger))
    router.add(middleware: ErrorPages(renderer: web.renderer, logger: web.logger))
    router.add(middleware: RequestLimit(limits: limits))
    router.add(middleware: HTTPSOnly(settings: web.settings))
    router.add(middleware: AllowedMethods(table: RouteTable(routes)))
    for route in routes { router.on(RouterPath(route.pattern), method: route.method, use: route.answer) }
    return router
}

private func pages(_ web: WebDependencies, _ limits: RateLimits) throws -> [Route] {
    let visitors = Visitors(access: web.consoleAccess, cookies: CookieRules(isHTTPS: web.settings.isHTTPS))
    let desk = PageDesk(web: web, visitors: visitors, limits: limits)
    let (signIn, integrations) = (SignInController(desk: desk), IntegrationsController(desk: desk))
    let (connect, callback) = (
        ConnectController(desk: desk), CallbackController(desk: desk, refused: RefusedCallbacks(clock: web.clock))
    )
    let connection = ConnectionController(desk: desk)
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
        + Route.get("/connections/{id}", connection.show)
        + Route.get("/connections/{id}/diagnostics", connection.diagnostics)
        + Route.post("/connections/{id}/diagnostics", connection.runDiagnostics)
        + Route.post("/connections/{id}/disconnect", connection.disconnect)
}

private func api(_ web: WebDependencies, _ limits: RateLimits) -> [Route] {
    let desk = APIDesk(web: web, limits: limits)
    let (sessions, connections) = (ConnectSessionsAPI(desk: desk), ConnectionsAPI(desk: desk))
    return Route.post("/v1/connect-sessions", sessions.create)
        + Route.get("/v1/connections", connections.list)
        + Route.get("/v1/connections/{id}", connections.show)
        + Route.delete("/v1/connections/{id}", connections.disconnect)
        + Route.post("/v1/connections/{id}/preflight", connections.runPreflight)
        + Route.get("/v1/connections/{id}/preflight", connections.latestPreflight)
        + Route.post("/v1/preflight", PreflightAPI(desk: desk).run)
        + Route.get("/v1/audit", AuditAPI(desk: desk).entries)
}

private func plumbing(_ web: WebDependencies) throws -> [Route] {
    let health = HealthController(store: web.store, clock: web.clock)
    let assets = try AssetsController(directory: web.settings.assetsDirectory)
    return Route.get("/healthz", health.live)
        + Route.get("/readyz", health.ready)
        + Route.get("/assets/{name}", assets.file)
}
