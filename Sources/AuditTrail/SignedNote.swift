import FoundationEssentials

/// A checkpoint with its signature, as it leaves the machine (C2SP, signed-note): the text, an empty line, and a line of an
/// em dash, the key's name, and base 64 of the key's hash and the signature.
package enum SignedNote {
    private static let dash = "\u{2014} "
    /// A note of ours has some 300 octets; whoever reads strangers' notes needs an end.
    package static let maximumCount = 4096

    package static func make(_ checkpoint: Checkpoint, key: AuditSigningKey) throws -> String {
        let text = checkpoint.text
        let signature = try key.signature(of: Array(text.utf8))
        let line = Data(key.publicKey.hash(name: checkpoint.origin) + signature).base64EncodedString()
        return "\(text)\n\(dash)\(checkpoint.origin) \(line)\n"
    }

    /// The checkpoint, if one of the keys signed it.
    package static func open(
        _ note: String, keys: [AuditPublicKey]
    ) throws(CheckpointFault) -> (checkpoint: Checkpoint, key: AuditPublicKey) {
        guard note.utf8.count <= maximumCount, let end = note.firstRange(of: "\n\n") else { throw .malformed }
        let text = note[..<note.index(after: end.lowerBound)]
        guard let checkpoint = Checkpoint(parsing: text),
            let (keyHash, signature) = signatureLine(note[end.upperBound...], name: checkpoint.origin)
        else { throw .malformed }
        guard let key = keys.first(where: { $0.hash(name: checkpoint.origin) == keyHash }) else { throw .unknownKey }
        guard key.isSignature(signature, of: Array(text.utf8)) else { throw .badSignature }
        return (checkpoint, key)
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
