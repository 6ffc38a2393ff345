// The rows of the mailbox.

export interface MailboxTables {
  mailbox_letter: {
    account: string;
    region: string;
    node_id: string;
    /** Order within a node. Grows with time, has gaps. */
    sequence: number;
    job_id: string;
    kind: 'command' | 'cancel';
    reference: string;
    created_at: number;
    expires_at: number;
    /** When the agent took it (or refused it for good): never sent again. */
    acked_at: number | null;
  };
}

export type LetterRow = MailboxTables['mailbox_letter'];
