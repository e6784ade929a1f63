// StorageSQLite: the store in one SQLite file, through GRDB.
//
// Owns the schema and its migrations, the settings that make a commit durable, and the one place where SQLite's result
// codes become `StorageError`. Holds no rule of the domain beyond what a role protocol promises.
//
// The flow: `open` refuses a file system or a file it must not touch, makes a new database whole or not at all, brings
// the schema up to date, and reads every setting back. Then each method of a role is one immediate transaction, with its
// audit entries inside.
//
// The law: no answer before the commit is on the disk, and no commit into a file that the next start would not open.
// Several processes may share the file: all exclusion is SQLite's own locking, nothing lives in memory only.
