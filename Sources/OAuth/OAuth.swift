// OAuth: the client side of the authorization code grant.
//
// Owns the words of RFC 6749 (requests, answers, errors), RFC 7636 (proof keys, S256 only), RFC 9207 (issuer in the
// answer) and the advice of RFC 9700, for one kind of client: ours, confidential or public.
//
// Does not own any I/O, storage, clock or session. It speaks through `HTTPTransport`; who may come back with which
// state is decided by its caller; names of paths belong to the dialect (`Zendesk`).
//
// The flow:
//
//     AuthorizationState, ProofKey ─> AuthorizationRequest.url ─> browser
//     query of the callback ─> AuthorizationResponse ─> checkIssuer ─> AuthorizationGrant
//     TokenEndpoint.exchange / refresh ─> TokenRequestBody ─> HTTPTransport ─> TokenResponse ─> TokenEndpointOutcome
//
// The law:
// - There is no `response_type` but `code` and no challenge method but `S256`; there is nothing to switch.
// - A code, a verifier and a token are `Secret`; a client secret stands in a token request's body and nowhere else.
// - Nothing is sent twice. The one exception: a client secret was refused, so the grant was not looked at.
// - An answer is either wholly acceptable or a failure from a closed list; no text of the peer survives in a failure.
// - Every failure has one of seven classes, and the class alone decides what becomes of the connection.
