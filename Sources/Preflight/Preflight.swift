// Preflight: checks as small values, run in order, giving one report.
//
// Owns the types (code, finding, check, report), the runner, and one file per check under `Checks/`. A check asks one
// question of one organization and returns a finding; it never throws, because a refused check is a normal result with a
// sentence, a remedy and a place to mend it. Page, terminal and JSON are functions of the report.
//
// Does not open sockets (it speaks through `ZendeskClient`), store anything or decide about connections.
//
// The flow: `PreflightRunner.run` takes checks in order. A check names the checks it needs; when one of those failed or was
// skipped, it is skipped and says because of which. Each check has a time limit of its own.
