import FoundationEssentials

/// A checkpoint with its signature, as it leaves the machine (C2SP, signed-note): the text, an empty line, and a line of an
/// em dash, the key's name, and base 64 of the key's hash and the signature.
package enum SignedNote {
    private static let dash = "\u{2014} "
    /// A note of ours has some 300 octets; whoever reads strangers' notes needs an end.
    package static let maximumCount = 4096

    package static func make(_ checkpoint: Checkpoint, key: AuditSigningKey) throws -> String {
        try make(text: checkpoint.text, name: checkpoint.origin, key: key)
    }

    /// `text` ends with a line feed and has no empty line.
    package static func make(text: String, name: String, key: AuditSigningKey) throws -> String {
        let signature = try key.signature(of: Array(text.utf8))
        let line = Data(key.publicKey.hash(name: name) + signature).base64EncodedString()
        return "\(text)\n\(dash)\(name) \(line)\n"
    }

    /// The checkpoint, if one of the keys signed it.
    package static func open(
        _ note: String, keys: [AuditPublicKey]
    ) throws(CheckpointFault) -> (checkpoint: Checkpoint, key: AuditPublicKey) {
        guard let text = text(of: note), let checkpoint = Checkpoint(parsing: text) else { throw .malformed }
        return (checkpoint, try signer(of: note, name: checkpoint.origin, keys: keys))
    }

    /// Who signed the note under this name.
    package static func signer(
        of note: String, name: String, keys: [AuditPublicKey]
    ) throws(CheckpointFault) -> AuditPublicKey {
        guard let text = text(of: note),
            let (keyHash, signature) = signatureLine(note.dropFirst(text.count + 1), name: name)
        else { throw .malformed }
        guard let key = keys.first(where: { $0.hash(name: name) == keyHash }) else { throw .unknownKey }
        guard key.isSignature(signature, of: Array(text.utf8)) else { throw .badSignature }
        return key
    }

    /// What is signed: everything up to the empty line, which is not part of it.
    package static func text(of note: String) -> Substring? {
        guard note.utf8.count <= maximumCount, let end = note.firstRange(of: "\n\n") else { return nil }
        return note[..<note.index(after: end.lowerBound)]
    }

    private static func signatureLine(_ line: Substring, name: String) -> (keyHash: [UInt8], signature: [UInt8])? {
        guard line.hasPrefix("\(dash)\(name) "), line.hasSuffix("\n") else { return nil }
        let text = line.dropFirst(dash.count + name.count + 1).dropLast()
        guard let octets = Data(base64Encoded: String(text)), octets.count == 4 + 64,
            octets.base64EncodedString() == text
        else { return nil }
        return (Array(octets.prefix(4)), Array(octets.dropFirst(4)))
    }
}
