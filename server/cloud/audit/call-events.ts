// "AWS API Call via CloudTrail" events, which rules match where a service has no events of its own (StartSession): one for each recorded call
// that is not read-only, written in the unit that seals it, so that no call waits for it and none is told twice.
import type { JournalRecord } from '../../platform/journal/index.ts';
import type { Outbox, OutboxEvent } from '../../platform/outbox/index.ts';
import type { Tx } from '../../platform/store/index.ts';
import { cloudTrailEvent, isReadOnly } from './cloud-trail-event.ts';

/** Beyond this an event does not fit onto the bus: its parameters and resources are left out, as CloudTrail does. */
const DETAIL_CHARACTERS_MAX = 240 * 1024;

export function tellCalls(outbox: Outbox): (tx: Tx, records: readonly JournalRecord[]) => Promise<void> {
  return async (tx, records) => {
    if (outbox.isHeard) await outbox.put(tx, records.filter((record) => !isReadOnly(record)).map(callEvent));
  };
}

function callEvent(record: JournalRecord): OutboxEvent {
  const whole = cloudTrailEvent(record);
  const detail =
    JSON.stringify(whole).length <= DETAIL_CHARACTERS_MAX
      ? whole
      : { ...whole, requestParameters: { omitted: true, reason: 'requestParameters too large' }, resources: [] };
  return {
    account: record.account,
    region: record.region,
    source: `aws.${record.eventSource.split('.')[0]}`,
    detailType: record.principal.kind === 'service' ? 'AWS Service Event via CloudTrail' : 'AWS API Call via CloudTrail',
    detail,
    resources: [],
    at: record.at,
  };
}
