// Gateway: the use cases.
//
// Owns what happens when somebody connects, signs in, asks for a connect session, runs preflight again or disconnects; and
// which audit entry each of these leaves. Reads like the product's description: begin, complete, check, hand over.
//
// Does not own pages, routes, settings, sockets or SQL. Speaks to the store, the vault, the transport, the clock and the
// source of randomness through what it was given.
//
// The flow of a connect: `ConnectFlow.begin` remembers a pending authorization and answers with Zendesk's address;
// `ConnectFlow.complete` takes it back exactly once, exchanges the code, asks who this is, seals, saves, checks.
//
// The law: an audit entry is written in the same store operation as the change it records; a refresh token never comes
// above this floor.
