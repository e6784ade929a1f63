// GatewayApp: the only place that knows everything.
//
// Owns the settings, the assembly of store, vault, transport, use cases and pages into one running gateway, the log, what
// the process does for its own safety, and the command line.
//
// Does not own a rule of the domain: a command reads like a sentence made of use cases. Routes and pages are the web's.
//
// The flow of `serve`: harden the process, read all settings and name every problem at once, load root key and keyring,
// open the store, assemble, listen, say so in one line, and stop in order when asked to.
//
// The law: a setting is parsed once, here, into a value that cannot be wrong; no secret stands in a log line, a problem
// or an error.
