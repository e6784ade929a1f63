// StorageConformance: the promises of `Storage` as runnable expectations.
//
// Owns one sentence and one check for every promise that the role protocols make. Knows no database: an adapter's tests
// hand in a fresh, empty store for each promise, so that a second database is held to the same words as the first.
//
// The flow: `StoragePromise.all` is the argument list of one parameterised test in each adapter's test target.
//
// The law: what a role protocol says in a comment stands here as an expectation; what stands here is said there.
