internal import FoundationEssentials
internal import GatewayCore
internal import HTTPTypes

/// One of the four envelopes of Zendesk's errors, or none: the tries stand in the order of how often they occur
/// together.
enum ZendeskErrorBody {
    case object(title: String?)
    case string(error: String, description: String?)
    case list(codes: [String])
    case none

    init(_ response: OutboundResponse) {
        guard let body = try? JSONDecoder().decode(Envelope.self, from: Data(response.body)) else {
            self = .none
            return
        }
        if let object = body.object {
            self = .object(title: object.title)
        } else if let error = body.string {
            self = .string(error: error, description: body.description)
        } else if let errors = body.errors {
            self = .list(codes: errors.compactMap(\.code))
        } else {
            self = .none
        }
    }

    private struct Envelope: Decodable {
        struct TitledError: Decodable { let title: String? }
        struct CodedError: Decodable { let code: String? }
        enum Key: String, CodingKey { case error, description, errors }

        let object: TitledError?
        let string: String?
        let description: String?
        let errors: [CodedError]?

        init(from decoder: any Decoder) throws {
            let members = try decoder.container(keyedBy: Key.self)
            object = try? members.decode(TitledError.self, forKey: .error)
            string = try? members.decode(String.self, forKey: .error)
            description = try? members.decode(String.self, forKey: .description)
            errors = try? members.decode([CodedError].self, forKey: .errors)
        }
    }
}
