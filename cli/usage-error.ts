// Wrong use of the command line: printed as one line, exit code 2, nothing changed.

export class UsageError extends Error {}
