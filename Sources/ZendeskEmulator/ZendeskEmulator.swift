// ZendeskEmulator: a stand-in for Zendesk, for local work and for tests.
//
// Owns an in-memory world of organizations with people, brands, switches, grants and tokens; the browser pages that
// sign a person in and ask for consent; the token endpoint; the part of the REST API that a connection needs; and a
// control interface, on its own listener, that queues faults and moves the clock.
//
// Does not own anything of the gateway and imports none of it: two readings of the same protocol are worth more than
// one. Where the published facts are silent it takes the harsher answer, so that a client which works here does not
// depend on luck elsewhere.
//
// The flow: the server turns bytes into an `EmulatedRequest`, asks the world for an `Answer` and writes it. The world
// is one value behind one lock; token books, code books and every endpoint below are plain functions of that value, the
// request, the time and a source of randomness. Only `Server` waits, and only there faults take effect.
//
// Folders: Wire (JSON, forms, requests, answers), World (what exists), OAuth (authorization and tokens), API (REST),
// Pages (HTML), Control (switches, faults, state), Server (sockets).
//
// The law: nothing in here is a security boundary. Every password is the word on the page, and nobody's real one.
