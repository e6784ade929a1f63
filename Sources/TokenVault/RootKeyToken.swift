/// A root key on a PKCS #11 token: which library, which token, which key, and where the PIN lies.
///
/// Every key of that label counts; which of them is in use tells the database. So a replacement needs no renaming on the
/// token: the new key is made, everything is wrapped with it, the old one is destroyed.
package struct RootKeyToken: Sendable, Equatable {
    package let module: String
    package let token: String
    package let key: String
    package let pinFile: String

    package init(module: String, token: String, key: String, pinFile: String) {
        self.module = module
        self.token = token
        self.key = key
        self.pinFile = pinFile
    }

    func candidates() throws(RootKeyTokenRefusal) -> [RootKey] {
        let session = try TokenSession(self)
        var keys: [RootKey] = []
        var unsuitable: RootKeyTokenRefusal?
        for handle in try session.keys(key) {
            do {
                keys.append(try rootKey(handle, in: session))
            } catch {
                // Somebody else's under the same label is in nobody's way while one of ours is there.
                unsuitable = unsuitable ?? error
            }
        }
        guard !keys.isEmpty else { throw unsuitable ?? .keyMissing }
        return keys
    }

    func create() throws(RootKeyTokenRefusal) -> RootKey {
        let session = try TokenSession(self)
        guard try session.keys(key).isEmpty else { throw .keyExists }
        return try rootKey(try session.generate(key), in: session)
    }

    func prepare(reached: (RootKeyStep) -> Void) throws(RootKeyTokenRefusal) -> RootKey {
        let session = try TokenSession(self)
        let handle = try session.generate(key)
        reached(.created)
        let rootKey = try rootKey(handle, in: session)
        reached(.prepared)
        return rootKey
    }

    /// Destroys the former key, if its successor is there. No other key is touched: it may be another installation's.
    func retire(_ former: [UInt8]?, for successor: [UInt8]) throws(RootKeyTokenRefusal) {
        guard let former, former != successor, try candidates().contains(where: { $0.checkValue == successor }) else {
            return
        }
        try destroy(former)
    }

    /// Destroys the key with this check value.
    func destroy(_ checkValue: [UInt8]) throws(RootKeyTokenRefusal) {
        let session = try TokenSession(self)
        for handle in try session.keys(key) {
            guard let found = try? rootKey(handle, in: session), found.checkValue == checkValue else { continue }
            try session.destroy(handle)
        }
    }

    private func rootKey(_ handle: UInt, in session: TokenSession) throws(RootKeyTokenRefusal) -> RootKey {
        guard session.keeps(handle) else { throw .keyCanLeave }
        guard let rootKey = try? RootKey(TokenKey(handle, in: session)) else { throw .cannotDerive }
        return rootKey
    }
}
