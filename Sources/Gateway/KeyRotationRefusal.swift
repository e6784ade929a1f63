import FoundationEssentials
package import GatewayCore
package import Storage

/// Why a step was not taken.
package enum KeyRotationRefusal: Explained, Equatable {
    case key(String, DataKeyRefusal)
    case nodeBehind(node: String, key: String)
    case heldElsewhere
    /// Somebody let the reseal rest.
    case paused
    /// It was ended from outside, or its key is not primary any more.
    case ended
    case nothingUnderWay
    case speedOutOfRange
    case delayOutOfRange
    /// Over the API or on a page; the command line may.
    case delayTooShort
    case outOfNumbers
    case incomplete(records: Int)
    /// A renewed token set beside the database is sealed under it.
    case neededBeside(key: String, connection: ConnectionID, sets: Int)

    package var explanation: Explanation {
        switch self {
        case .key(let id, let refusal): Self.explanation(of: refusal, id)
        case .nodeBehind(let node, let key):
            Explanation(
                code: "keys.node_behind",
                message: "The running service \(node) does not know \(key) yet; nothing was changed.",
                remedy: "Look whether it hangs or cannot read the database; stop it, or wait and try again.")
        case .heldElsewhere:
            Explanation(
                code: "keys.held_elsewhere", message: "Another process is rotating keys at this moment.",
                remedy: "Wait until it has ended; `latchkey keys list` shows how far it is.")
        case .paused:
            Explanation(
                code: "keys.reseal_paused", message: "The reseal was paused; it was left as it is.",
                remedy: "Let it go on with `latchkey keys resume`, then try again.")
        case .ended:
            Explanation(
                code: "keys.reseal_ended", message: "The reseal was ended where it was, or another key was promoted.",
                remedy: "Both keys stay readable; `latchkey keys reseal` goes on towards the primary key.")
        case .speedOutOfRange:
            Explanation(
                code: "keys.speed_out_of_range", message: "A speed is at least 1 row a second.",
                remedy: "Pause the reseal if it is to rest.")
        case .delayOutOfRange:
            Explanation(
                code: "keys.delay_out_of_range", message: "The delay is not between 0 seconds and 10 years.",
                remedy: "Give seconds; 604800 is a week.")
        case .delayTooShort:
            Explanation(
                code: "keys.delay_too_short",
                message: "The delay is shorter than a day, in which somebody else may notice.",
                remedy: "Give at least 86400 seconds, or use `latchkey keys destroy` on the machine itself.")
        case .nothingUnderWay:
            Explanation(
                code: "keys.nothing_under_way", message: "No reseal is under way.",
                remedy: "Start one with `latchkey keys reseal`.")
        case .outOfNumbers:
            Explanation(code: "keys.out_of_numbers", message: "There are no key numbers left.", remedy: nil)
        case .incomplete(let records):
            Explanation(
                code: "keys.incomplete",
                message: "\(records) records still need another key than the primary one, or do not open.",
                remedy: "Run `latchkey keys reseal`, then verify again; `latchkey keys list` shows which key.")
        case .neededBeside(let key, let connection, let sets):
            Explanation(
                code: "keys.needed_beside",
                message: "\(sets) renewed token sets that the database has not taken yet need \(key); one of them is "
                    + "that of \(connection.text).",
                remedy: "Let the service run until it has saved them, which it tries every half minute; then try again."
            )
        }
    }

    private static func explanation(of refusal: DataKeyRefusal, _ id: String) -> Explanation {
        switch refusal {
        case .unknown:
            Explanation(
                code: "keys.unknown", message: "There is no data key \(id).",
                remedy: "`latchkey keys list` shows which there are.")
        case .state(let state):
            Explanation(
                code: "keys.state", message: "\(id) is \(state), which does not allow this step.",
                remedy: "The order is generate, promote, reseal, verify, retire, destroy.")
        case .needed(let table, let row, let records):
            Explanation(
                code: "keys.needed",
                message: "\(records) sealed records need \(id); one of them is \(row) in \(table.rawValue).",
                remedy: "Run `latchkey keys reseal` first.")
        case .sealsSpent:
            Explanation(
                code: "keys.seals_spent", message: "\(id) has sealed as many records as a data key may.",
                remedy: "Run `latchkey keys rotate`, which makes a new one.")
        case .shutOut(let oldest):
            Explanation(
                code: "keys.shut_out",
                message: "\(id) is older than \(oldest), the oldest key that opens: nothing it seals could be read.",
                remedy: "Make a new one with `latchkey keys generate`; `latchkey keys oldest` moves the limit.")
        case .notDue(nil):
            Explanation(
                code: "keys.not_scheduled", message: "The destruction of \(id) is not scheduled.",
                remedy: "`latchkey keys destroy \(id)` schedules it.")
        case .notDue(let due?):
            Explanation(
                code: "keys.not_due",
                message: "\(id) will be destroyed at \(due.formatted(.iso8601)), not before.",
                remedy: "Until then `latchkey keys destroy \(id) --cancel` keeps it.")
        }
    }
}
