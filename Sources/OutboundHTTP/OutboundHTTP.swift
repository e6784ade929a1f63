// OutboundHTTP: the real transport.
//
// Owns the way out of this machine: resolve the organization's name, refuse addresses that no customer lives at, connect to
// exactly the address that was checked, speak HTTP with redirects off, no cookies, no content coding, a total deadline and a
// size limit, and say from a closed list what went wrong.
//
// Does not know tokens, OAuth or Zendesk's answers. The host of a request is its organization's and cannot be set.
//
// The law: whatever cannot be proven unsent is reported as perhaps arrived.
