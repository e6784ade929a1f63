import CPKCS11
import Synchronization

/// A vendor's PKCS #11 library, loaded once for each path and never unloaded.
@safe final class TokenModule: Sendable {
    private static let loaded = Mutex<[String: TokenModule]>([:])

    nonisolated(unsafe) let functions: UnsafeMutablePointer<CK_FUNCTION_LIST>

    private init(_ functions: UnsafeMutablePointer<CK_FUNCTION_LIST>) {
        unsafe self.functions = functions
    }

    static func load(_ path: String) throws(RootKeyTokenRefusal) -> TokenModule {
        let result: Result<TokenModule, RootKeyTokenRefusal> = loaded.withLock { loaded in
            if let known = loaded[path] { return .success(known) }
            var functions: UnsafeMutablePointer<CK_FUNCTION_LIST>?
            let code = unsafe latchkey_token_load(path, &functions)
            guard code == LATCHKEY_CKR_OK, let functions = unsafe functions else {
                return .failure(RootKeyTokenRefusal(code))
            }
            let module = unsafe TokenModule(functions)
            loaded[path] = module
            return .success(module)
        }
        return try result.get()
    }
}

/// A session with one token, signed in; ended when its last holder lets go. One call at a time.
@safe final class TokenSession: Sendable {
    /// Far more keys of one label than a token of ours has.
    private static let mostKeys = 16

    private let module: TokenModule
    private let session: Mutex<CK_SESSION_HANDLE>

    init(_ token: RootKeyToken) throws(RootKeyTokenRefusal) {
        let module = try TokenModule.load(token.module)
        let pin = try TokenPIN.read(token.pinFile)
        var slot: CK_SLOT_ID = 0
        var session: CK_SESSION_HANDLE = 0
        var code = unsafe latchkey_token_find(module.functions, token.token, CK_ULONG(token.token.utf8.count), &slot)
        if code == LATCHKEY_CKR_OK {
            code = unsafe latchkey_token_open(
                module.functions, slot, pin.bytes.baseAddress, CK_ULONG(pin.count), &session)
        }
        guard code == LATCHKEY_CKR_OK else { throw RootKeyTokenRefusal(code) }
        self.module = module
        self.session = Mutex(session)
    }

    func keys(_ label: String) throws(RootKeyTokenRefusal) -> [CK_OBJECT_HANDLE] {
        var handles = [CK_OBJECT_HANDLE](repeating: 0, count: Self.mostKeys)
        var count: CK_ULONG = 0
        let code = session.withLock { session in
            unsafe latchkey_token_keys(
                module.functions, session, label, CK_ULONG(label.utf8.count), &handles, CK_ULONG(Self.mostKeys), &count)
        }
        guard code == LATCHKEY_CKR_OK else { throw RootKeyTokenRefusal(code) }
        return Array(handles.prefix(Int(count)))
    }

    func generate(_ label: String) throws(RootKeyTokenRefusal) -> CK_OBJECT_HANDLE {
        var key: CK_OBJECT_HANDLE = 0
        let code = session.withLock { session in
            unsafe latchkey_token_generate(module.functions, session, label, CK_ULONG(label.utf8.count), &key)
        }
        guard code == LATCHKEY_CKR_OK else { throw RootKeyTokenRefusal(code) }
        return key
    }

    /// Whether the token vouches that the key cannot leave it.
    func keeps(_ key: CK_OBJECT_HANDLE) -> Bool {
        session.withLock { session in unsafe latchkey_token_key_stays(module.functions, session, key) == 1 }
    }

    func destroy(_ key: CK_OBJECT_HANDLE) throws(RootKeyTokenRefusal) {
        let code = session.withLock { session in unsafe latchkey_token_destroy(module.functions, session, key) }
        guard code == LATCHKEY_CKR_OK else { throw RootKeyTokenRefusal(code) }
    }

    /// HMAC-SHA-512 by the token; false when it does not do it.
    func authenticate(
        _ message: RawSpan, by key: CK_OBJECT_HANDLE, into output: UnsafeMutableRawBufferPointer
    ) -> Bool {
        var written = CK_ULONG(output.count)
        let code = session.withLock { session in
            unsafe message.withUnsafeBytes { message in
                unsafe latchkey_token_hmac(
                    module.functions, session, key, message.baseAddress, CK_ULONG(message.count), output.baseAddress,
                    &written)
            }
        }
        return code == LATCHKEY_CKR_OK && Int(written) == output.count
    }

    deinit {
        session.withLock { session in unsafe latchkey_token_close(module.functions, session) }
    }
}

/// A key that stays on its token and derives there.
final class TokenKey: Sendable {
    private let session: TokenSession
    let handle: CK_OBJECT_HANDLE

    init(_ handle: CK_OBJECT_HANDLE, in session: TokenSession) {
        self.handle = handle
        self.session = session
    }

    /// SP 800-108 in counter mode with one block is one HMAC, which every token offers.
    func derive(from message: RawSpan, into output: UnsafeMutableRawBufferPointer) -> Bool {
        unsafe output.count == KeyDerivation.outputCount && session.authenticate(message, by: handle, into: output)
    }
}
