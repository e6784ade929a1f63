// Zendesk: how one vendor speaks OAuth, and a typed client for the few REST calls the gateway makes.
//
// Owns the paths, the shapes and the moods of Zendesk's answers: which 401 means a dead token, which of the three 403
// means scope, which 404 means that there is no such organization.
//
// Does not own the OAuth engine (`OAuth`), any I/O, any decision about a connection, and no retry.
//
// The flow:
//
//     ZendeskOAuth ─> AuthorizationRequest.url, TokenEndpoint
//     ZendeskClient.currentUser() … ─> HTTPTransport ─> value | ZendeskRefusal | TransportFailure
//
// One file per resource: what it holds, how it is read, and the call.
//
// The law:
// - An access token stands in the Authorization header, on the host of its organization, and nowhere else.
// - Every call ends in a `ZendeskAnswer`; nothing throws, no text of an answer gets into a refusal.
// - Reading is lenient about members and nulls, because Zendesk's bodies vary by plan and year, and strict about size.
// - A 200 from users/me proves nothing by itself: anonymous callers get one too.
