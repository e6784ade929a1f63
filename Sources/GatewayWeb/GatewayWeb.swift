// GatewayWeb: what browsers and programs meet.
//
// Owns the routes, the middleware, the pages with their models, the API with its JSON, cookies and forms, and the limits on
// who may ask how often. A controller or an API is a page's or a path's sentence: who asks, may they, do it, show it.
//
// Does not own a rule of the domain, a listener, TLS or a setting. The use cases come from below (`WebDependencies`),
// templates and stylesheet from a directory.
//
// The flow: `makeRouter` in `Router+gateway.swift` is the table of contents. From the outside in, a request passes
// `SecurityHeaders`, `CallerAddress` (where it comes from, as far as proxies of ours say), `AccessLog`, `ErrorPages` (what was
// thrown becomes an answer), `DenialRecord` (what was refused is written down), `RequestLimit`, `HTTPSOnly`, `AllowedMethods`.
// A page goes through `PageDesk`, a call of the API through `APIDesk`.
//
// The law of who may see what:
// - People are a `Visitor`: their session's tenant and roles decide, and who came by a connect session's link sees its one
//   connection. The role support looks at every tenant's connections and changes none; security sees keys and no connection.
// - Programs are an `APICaller`: scopes decide what, the key's tenant decides whose.
// - What somebody may not see is not there: another's connection and one that nobody has are the same 404 (WEB-40).
// - `RouteDecisionTests` has a decision for every route; a route without one fails it.
//
// The law of pages: a model holds stored, finished texts; every text is escaped; a page works without script; nothing of
// what an error says reaches a page unless it is an `Explanation`.
