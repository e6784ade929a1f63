// GatewayCore: the words everybody shares.
//
// Owns the values that cannot be wrong once they exist (organization URL, permission level, scopes, identifiers), the
// record of a connection, the audit event, the redacted secret, and the few protocols the rest plugs into (transport,
// clock, randomness).
//
// Does not own any protocol engine, any storage and any I/O. A value is parsed once, here, at the edge; nobody validates
// it again. Text that a stranger may see is an `Explanation`; everything else stays in logs.
//
// The law: no import of another target of ours.
