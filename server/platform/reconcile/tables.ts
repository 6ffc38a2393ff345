// Rows of the leases. They belong to the installation, not to an account, so account and region are missing here on purpose.

export interface ReconcileTables {
  reconcile_lease: {
    /** The reconciler's name. */
    name: string;
    /** The replica that runs it. */
    holder: string;
    /** Grows with every change of hands. */
    epoch: number;
    /** Milliseconds since the epoch; 0 when it was given back. */
    expires_at: number;
  };
}
