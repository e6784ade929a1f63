// TokenVault: what turns a secret into a sealed record and back.
//
// Owns the keys in memory (the root key from its file, the data keys it unwraps, both in libcrypto's secure heap), the
// keyring with its rules, the record format, and the two operations `Vault.seal` and `Vault.open`.
//
// Does not own where records and wrapped keys are kept, when keys are replaced, or who may open what. Nothing here knows
// of rows beyond the words of a `SealingContext`.
//
// The flow: `SecureHeap.start` → `RootKeyFile.load` → `Keyring(unwrapping:rootKey:)` → `Vault(keyring:)`. To seal: draw
// salt and nonce, derive a record key and its commitment from the primary data key and the context, encrypt. To open:
// parse, derive again, compare the commitment, only then decrypt. `docs/record-format.md` gives every octet.
//
// The law: no cipher, derivation or comparison of our own; libcrypto does all of them. A record that does not open tells
// nobody why. Key bytes never become a `String`, a `Data` or an array.
