// The public face of the journal.
export type { Journal, JournalEntry } from './journal.ts';
export { createJournal } from './create-journal.ts';
export type { JournalOptions, JournalPage, JournalRecord, OpenJournal } from './create-journal.ts';
export { migrations } from './migrations/index.ts';
