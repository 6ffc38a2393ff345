// Service `muster`, identity: why a call is allowed or denied, in words. Documented in server/cloud/identity/README.md.
import type { ServiceModel, ShapeModel } from '../service-model.ts';

const structure = (members: Readonly<Record<string, string>>, required: readonly string[] = []): ShapeModel => ({
  type: 'structure',
  required,
  members: Object.fromEntries(Object.entries(members).map(([name, shape]) => [name, { shape }])),
});
const list = (shape: string, max?: number): ShapeModel => ({
  type: 'list',
  member: { shape },
  ...(max === undefined ? {} : { max }),
});

export const musterIdentityModel: Pick<ServiceModel, 'operations' | 'shapes'> = {
  operations: {
    ExplainAccess: {
      method: 'POST',
      uri: '/',
      input: 'ExplainAccessRequest',
      output: 'ExplainAccessResult',
      errors: ['NoSuchEntity', 'InvalidInput'],
    },
  },
  shapes: {
    AccessText: { type: 'string' },
    AccessArn: { type: 'string', min: 1, max: 2048 },
    AccessAction: { type: 'string', min: 3, max: 128, pattern: '^[A-Za-z0-9-]+:[A-Za-z0-9]+$' },
    AccessInteger: { type: 'integer' },
    AccessContextValues: list('AccessText', 100),
    AccessContextEntry: structure({ Key: 'AccessArn', Values: 'AccessContextValues' }, ['Key', 'Values']),
    AccessContextEntries: list('AccessContextEntry', 100),
    /** PrincipalArn: a user or a role of the account; without it, the caller. Resource: an ARN, or `*` where the action has none. */
    ExplainAccessRequest: structure(
      { PrincipalArn: 'AccessArn', Action: 'AccessAction', Resource: 'AccessArn', ContextEntries: 'AccessContextEntries' },
      ['Action'],
    ),
    AccessDecisionName: { type: 'string', enum: ['allowed', 'explicitDeny', 'implicitDeny'] },
    AccessLayer: { type: 'string', enum: ['identity', 'resource', 'boundary', 'session', 'none'] },
    AccessTexts: list('AccessText'),
    /** Of the text of its policy: lines and columns from 1. */
    AccessStatement: structure(
      {
        Layer: 'AccessLayer',
        PolicyId: 'AccessText',
        Statement: 'AccessText',
        StartLine: 'AccessInteger',
        StartColumn: 'AccessInteger',
        EndLine: 'AccessInteger',
        EndColumn: 'AccessInteger',
        /** Of a near miss: what of the statement does not fit the call. */
        Reason: 'AccessText',
      },
      ['Layer', 'PolicyId', 'Statement'],
    ),
    AccessStatements: list('AccessStatement'),
    /** Layer: which layer decides; none: a rule that no policy changes. */
    ExplainAccessResult: structure(
      {
        PrincipalArn: 'AccessText',
        Action: 'AccessText',
        Resource: 'AccessText',
        Decision: 'AccessDecisionName',
        Layer: 'AccessLayer',
        Explanation: 'AccessText',
        MatchedStatements: 'AccessStatements',
        NearMisses: 'AccessStatements',
        MissingContextKeys: 'AccessTexts',
      },
      [
        'PrincipalArn',
        'Action',
        'Resource',
        'Decision',
        'Layer',
        'Explanation',
        'MatchedStatements',
        'NearMisses',
        'MissingContextKeys',
      ],
    ),
    NoSuchEntity: { ...structure({ Message: 'AccessText' }), exception: true },
    InvalidInput: { ...structure({ Message: 'AccessText' }), exception: true },
  },
};
