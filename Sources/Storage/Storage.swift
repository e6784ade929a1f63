// Storage: what must be remembered, and with which promises.
//
// Owns the role protocols and the rows they speak of. Holds no implementation; the adapters hang on the side. Sealed bytes
// only: no plaintext token, code, verifier or key passes here, and what a browser or a program presents (session token,
// API key, state) arrives as its SHA-256 digest.
//
// Dates are kept to the millisecond.
//
// The law: each method is one sentence of the domain and atomic by contract. It either happened, durably, with its audit
// entry, or it did not happen at all. Nobody outside composes two methods and hopes.
