// Service `muster`, audit: the chain of hashes over what was recorded, beyond what CloudTrail's API knows. Documented in
// server/cloud/audit/README.md; the command line's `muster audit` calls it.
import type { ServiceModel } from '../service-model.ts';

const call = (input: string, output: string, errors: readonly string[] = []) => ({
  method: 'POST',
  uri: '/',
  input,
  output,
  errors,
});
const exception = { type: 'structure', exception: true, members: { Message: { shape: 'AuditText' } } } as const;

export const musterAuditModel: Pick<ServiceModel, 'operations' | 'shapes'> = {
  operations: {
    GetAuditKey: call('GetAuditKeyRequest', 'GetAuditKeyResult'),
    VerifyAudit: call('VerifyAuditRequest', 'VerifyAuditResult', ['InvalidAuditToken']),
    ExportAudit: call('ExportAuditRequest', 'ExportAuditResult', ['InvalidAuditToken', 'InvalidAuditRange']),
  },
  shapes: {
    AuditText: { type: 'string' },
    AuditToken: { type: 'string', max: 1_024 },
    AuditNumber: { type: 'long' },
    AuditTime: { type: 'timestamp' },
    GetAuditKeyRequest: { type: 'structure', members: {} },
    /** PEM of the Ed25519 key that signs heads, cuts and exports; SHA-256 of it. */
    GetAuditKeyResult: {
      type: 'structure',
      required: ['PublicKey', 'Fingerprint'],
      members: { PublicKey: { shape: 'AuditText' }, Fingerprint: { shape: 'AuditText' } },
    },
    /** One bounded stretch of the chain of the caller's account and region; from its beginning without a token. */
    VerifyAuditRequest: { type: 'structure', members: { NextToken: { shape: 'AuditToken' } } },
    VerifyAuditResult: {
      type: 'structure',
      required: ['VerifiedCount', 'Problems'],
      members: {
        VerifiedCount: { shape: 'AuditNumber' },
        Problems: { shape: 'AuditProblems' },
        NextToken: { shape: 'AuditToken' },
        End: { shape: 'AuditChainEnd' },
      },
    },
    AuditProblems: { type: 'list', member: { shape: 'AuditProblem' } },
    AuditProblem: {
      type: 'structure',
      required: ['Kind', 'Number', 'Message'],
      members: {
        Kind: { shape: 'AuditText' },
        Number: { shape: 'AuditNumber' },
        OtherNumber: { shape: 'AuditNumber' },
        Message: { shape: 'AuditText' },
      },
    },
    /** With the last stretch. */
    AuditChainEnd: {
      type: 'structure',
      required: ['Number', 'Hash', 'CutNumber', 'UnsealedCount'],
      members: {
        Number: { shape: 'AuditNumber' },
        Hash: { shape: 'AuditText' },
        SealedAt: { shape: 'AuditTime' },
        CutNumber: { shape: 'AuditNumber' },
        UnsealedCount: { shape: 'AuditNumber' },
      },
    },
    ExportAuditRequest: {
      type: 'structure',
      required: ['From', 'To'],
      members: { From: { shape: 'AuditTime' }, To: { shape: 'AuditTime' }, NextToken: { shape: 'AuditToken' } },
    },
    /** Lines of the file, in order: a head, a record each, and the signed statement on the last page. */
    ExportAuditResult: {
      type: 'structure',
      required: ['Lines'],
      members: { Lines: { shape: 'AuditLines' }, NextToken: { shape: 'AuditToken' } },
    },
    AuditLines: { type: 'list', member: { shape: 'AuditText' } },
    InvalidAuditToken: exception,
    InvalidAuditRange: exception,
  },
};
