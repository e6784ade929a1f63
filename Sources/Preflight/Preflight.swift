// Preflight: checks as small values, run side by side, giving one report.
//
// Owns the types (code, outcome, finding, check, report), the runner, the guide that describes all of it, and one file per
// check under `Checks/`. A check asks one question of one organization and returns a finding; it never throws, because a
// refused check is a normal result with a sentence, a remedy and a place to mend it. Page, terminal, JSON and documentation
// are functions of checks and report.
//
// Does not open sockets (it speaks through `ZendeskVisitor` and `ZendeskClient`), store anything or decide about connections.
//
// The flow: `PreflightRunner.run` starts every check whose needs have ended. A check names the checks it needs; when one of
// those failed or was skipped, it is skipped and names the one that failed. Findings are handed out as they come; the report
// lists them in the order of `CheckCode`.
//
// The law:
// - No token is sent before an organization was seen to be there.
// - A full run makes at most eight calls; what several checks need is asked once.
// - What cannot be told is a warning that says so, never a pass; only what will keep the connection from working fails.
