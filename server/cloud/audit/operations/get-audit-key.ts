// GetAuditKey: with what the signatures of heads and exports are checked; to be kept elsewhere before it is needed.
import type { MusterAuditApi } from '../../../platform/api/models/muster/audit.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import type { Audit } from '../domain.ts';

export default operation<MusterAuditApi, Audit>()('muster', 'GetAuditKey', {
  action: 'muster:GetAuditKey',
  audit: 'read',
  resources: () => ['*'],
  handle: (domain) => Promise.resolve({ PublicKey: domain.signer.publicKey, Fingerprint: domain.signer.fingerprint }),
});
