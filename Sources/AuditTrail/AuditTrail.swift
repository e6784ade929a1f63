// AuditTrail: what makes the audit log tamper-evident.
//
// Owns the encoding of an entry as a leaf, the tree of RFC 9162 over all leaves, its inclusion and consistency proofs, and
// the checkpoint: a signed note that says how many entries there are and what their root is. No input or output; the
// hashes of subtrees come from whoever keeps them.
//
// The flow: a record is encoded and hashed into a leaf, the frontier takes the leaf and gives the root, and a checkpoint
// over size and root leaves the machine. Later a root computed again, or a proof, is held against that checkpoint.
//
// The law: an octet that entered the tree is named by its root for ever. Nothing here tolerates a second encoding of the
// same entry, or a proof with one hash more than it needs.
