// ZendeskEmulatorTests: what the stand-in promises, as claims.
//
// Most tests talk to the world directly: a request value in, an answer value out, with a fixed clock that only a shift
// moves. `ServerTests` alone opens sockets. `RecordedShapeTests` compares bodies with recordings that live outside this
// repository and says loudly when it cannot find them.
