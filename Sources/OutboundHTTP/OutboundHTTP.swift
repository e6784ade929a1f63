// OutboundHTTP: the real transport.
//
// Owns the two ways out of this machine: OrganizationTransport to organizations, and WebhookSender to the receivers of events
// and checkpoints that the operator named. They share no connection and keep the same rules: resolve the name, refuse addresses
// that nobody in public lives at, connect to exactly the address that was checked, speak HTTP with redirects off, no cookies,
// no content coding, a total deadline and a size limit, and say from a closed list what went wrong.
//
// Does not know tokens, OAuth or Zendesk's answers. The host of a request to Zendesk is its organization's and cannot be set.
//
// The law: whatever cannot be proven unsent is reported as perhaps arrived.
