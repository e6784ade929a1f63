/// Where the root key lives: a closed list, and each place does the same things.
package enum RootKeySource: Sendable, Equatable {
    case file(String)
    /// A file that the service manager hands out in a directory of the service's own.
    case credential(name: String, directory: String)
    case token(RootKeyToken)

    /// Every key that may be the one in use, the first one unless the database knows better. Never empty. Throws
    /// `RootKeyFileRefusal` or `RootKeyTokenRefusal`.
    package func candidates() throws -> [RootKey] {
        switch self {
        case .file(let path): try RootKeyFile.candidates(at: path, .own)
        case .credential: try RootKeyFile.candidates(at: path ?? "", .credential)
        case .token(let token): try token.candidates()
        }
    }

    /// The first key of a new installation; never in the place of one that is there.
    package func create() throws -> RootKey {
        switch self {
        case .file, .credential: try RootKeyFile.create(at: path ?? "", rules)
        case .token(let token): try token.create()
        }
    }

    /// A new key that will be found after a crash, and that nothing is wrapped with yet.
    package func prepare(reached: (RootKeyStep) -> Void = { _ in }) throws -> RootKey {
        switch self {
        case .file, .credential: try RootKeyFile.prepare(beside: path ?? "", rules, reached: reached)
        case .token(let token): try token.prepare(reached: reached)
        }
    }

    /// Lets the key with this check value take the former one's place, if it is here. Once the database needs no other, and
    /// under the lock.
    package func settle(
        on checkValue: [UInt8], former: [UInt8]?, reached: (RootKeyStep) -> Void = { _ in }
    ) throws {
        switch self {
        case .file(let path):
            try RootKeyFile.settle(at: path, on: checkValue, .own, reached: reached)
        case .credential:
            try RootKeyFile.settle(at: path ?? "", on: checkValue, .credential, reached: reached)
        case .token(let token): try token.retire(former, for: checkValue)
        }
        reached(.settled)
    }

    /// Clears away a key that was prepared and that nothing is wrapped with.
    package func discard(_ prepared: RootKey) throws {
        switch self {
        case .file, .credential: try RootKeyFile.discardNext(of: path ?? "")
        case .token(let token): try token.destroy(prepared.checkValue)
        }
    }

    /// Finishes or clears away what an interrupted replacement left, before a new one. A prepared key on a token stays
    /// there, unused: that it is not another installation's cannot be told.
    package func tidy(inUse: [UInt8], former: [UInt8]?) throws {
        try settle(on: inUse, former: former)
        guard case .token = self else { return try RootKeyFile.discardNext(of: path ?? "") }
    }

    /// Clears away the key that an interrupted move left beside a place that is empty otherwise.
    package func clearNext() throws {
        if let path { try RootKeyFile.discardNext(of: path) }
    }

    /// Removes the key with this check value for good, once it was moved elsewhere.
    package func remove(_ checkValue: [UInt8]) throws {
        switch self {
        case .file, .credential:
            guard let first = try candidates().first, first.checkValue == checkValue else { return }
            try RootKeyFile.remove(path ?? "")
        case .token(let token): try token.destroy(checkValue)
        }
    }

    /// What people call it. Goes into the audit log.
    package var name: String {
        switch self {
        case .file(let path): "file \(path)"
        case .credential(let name, _): "credential \(name)"
        case .token(let token): "token \(token.token), key \(token.key)"
        }
    }

    /// The file it lies in; nil on a token.
    package var path: String? {
        switch self {
        case .file(let path): path
        case .credential(let name, let directory): directory + "/" + name
        case .token: nil
        }
    }

    var rules: RootKeyFile.Rules {
        if case .credential = self { .credential } else { .own }
    }
}
