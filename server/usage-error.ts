// Wrong use: the launcher prints the message as its one line and exits with 2; nothing was changed.

export class UsageError extends Error {}
