// TestSupport: the worlds that tests of the application floor live in.
//
// Owns a clock that a hand moves, a transport that watches and interferes, a store that can be made to fail, and a whole
// gateway beside a stand-in Zendesk. Each test builds a world of its own; nothing is shared but the root key's octets.
//
// The flow: `withGateway` starts the stand-in on a free port, wires every use case to it over real HTTP and an SQLite store
// in memory, hands all of it to the test, and stops the server afterwards. `Bridge` reaches a stand-in without a socket.
//
// The law: no test sleeps, and no expectation stands here; what is right is said in the tests themselves.
