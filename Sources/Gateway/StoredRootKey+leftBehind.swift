import Storage
import TokenVault

extension StoredRootKey {
    /// The file that a former root key was moved away from and still lies in: the move was interrupted behind its commit.
    package var leftBehind: String? {
        guard let former, let path = formerPlace, path.hasPrefix("/") else { return nil }
        let places: [RootKeySource] = [.file(path), .credential(name: String(path.dropFirst()), directory: "")]
        let found = places.contains { place in
            (try? place.candidates())?.contains { $0.checkValue == former } ?? false
        }
        return found ? path : nil
    }
}
