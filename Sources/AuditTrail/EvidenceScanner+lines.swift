import FoundationEssentials

// The parts of each line, as `EvidenceText` writes them.
extension EvidenceScanner {
    mutating func archive() throws(Malformed) -> (origin: String, size: Int64, root: TreeHash) {
        try expect(#"{"archive":{"format":1,"origin":"#)
        let origin = try text()
        try expect(#","size":"#)
        let size = try number(Int64.self)
        try expect(#","root":"#)
        guard let root = TreeHash(base64: try text()), size > 0 else { throw Malformed() }
        try expect("}}")
        return (origin, size, root)
    }

    mutating func auditKey() throws(Malformed) -> EvidenceKey {
        try expect(#"{"audit_key":{"id":"#)
        let id = try text()
        try expect(#","public_key":"#)
        let base64 = try text()
        try expect(#","entry":"#)
        let entry = try number(Int64.self)
        try expect("}}")
        guard let octets = Data(base64Encoded: base64), octets.base64EncodedString() == base64,
            let key = AuditPublicKey(Array(octets))
        else { throw Malformed() }
        return EvidenceKey(id: id, key: key, entry: entry)
    }

    mutating func checkpoint() throws(Malformed) -> String { try note(#"{"checkpoint":"#) }

    mutating func seal() throws(Malformed) -> String { try note(#"{"seal":"#) }

    private mutating func note(_ opening: StaticString) throws(Malformed) -> String {
        try expect(opening)
        let note = try text()
        try expect("}")
        return note
    }

    mutating func consistency() throws(Malformed) -> ConsistencyProof {
        try expect(#"{"consistency":{"from":"#)
        let old = try number(Int64.self)
        try expect(#","to":"#)
        let new = try number(Int64.self)
        try expect(#","hashes":"#)
        let texts = try texts()
        let hashes = texts.compactMap { TreeHash(base64: $0) }
        guard hashes.count == texts.count else { throw Malformed() }
        try expect("}}")
        return ConsistencyProof(old: old, new: new, hashes: hashes)
    }

    mutating func entry() throws(Malformed) -> (AuditRecord, TreeHash) {
        try expect(#"{"entry":{"index":"#)
        let index = try number(Int64.self)
        try expect(#","at":"#)
        let at = try number(Int64.self)
        try expect(#","actor_kind":"#)
        let actorKind = try text()
        try expect(#","actor_id":"#)
        let actorID = try optionalText()
        try expect(#","action":"#)
        let action = try text()
        try expect(#","outcome":"#)
        let outcome = try text()
        try expect(#","outcome_code":"#)
        let outcomeCode = try optionalText()
        try expect(#","tenant":"#)
        let tenant = try optionalText()
        try expect(#","connection":"#)
        let connection = try optionalText()
        try expect(#","subject":"#)
        let subject = try optionalText()
        try expect(#","generation":"#)
        let generation = try optionalNumber(UInt64.self)
        try expect(#","key_id":"#)
        let keyID = try optionalText()
        try expect(#","hash":"#)
        guard let hash = TreeHash(base64: try text()) else { throw Malformed() }
        try expect("}}")
        let record = AuditRecord(
            index: index, at: at, actorKind: actorKind, actorID: actorID, action: action, outcome: outcome,
            outcomeCode: outcomeCode, tenant: tenant, connection: connection, subject: subject, generation: generation,
            keyID: keyID)
        return (record, hash)
    }
}
