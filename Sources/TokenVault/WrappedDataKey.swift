package import FoundationEssentials

/// A data key as it is kept: wrapped by the root key, with its history.
package struct WrappedDataKey: Sendable, Equatable {
    package let id: DataKeyID
    package let state: DataKeyState
    /// Empty once destroyed.
    package let wrapped: [UInt8]
    /// Tells a wrong root key from damaged bytes.
    package let rootKeyCheckValue: [UInt8]
    package let createdAt: Date
    package let activatedAt: Date?
    package let retiredAt: Date?

    package init(
        id: DataKeyID, state: DataKeyState, wrapped: [UInt8], rootKeyCheckValue: [UInt8], createdAt: Date,
        activatedAt: Date? = nil, retiredAt: Date? = nil
    ) {
        self.id = id
        self.state = state
        self.wrapped = wrapped
        self.rootKeyCheckValue = rootKeyCheckValue
        self.createdAt = createdAt
        self.activatedAt = activatedAt
        self.retiredAt = retiredAt
    }
}
