// Service `muster`, parameters: many at once, to learn of a change at once, and to go back to a version. Documented in server/parameters/README.md.
import type { ServiceModel, ShapeModel } from '../service-model.ts';

const structure = (members: Readonly<Record<string, string>>, required: readonly string[] = []): ShapeModel => ({
  type: 'structure',
  required,
  members: Object.fromEntries(Object.entries(members).map(([name, shape]) => [name, { shape }])),
});

export const musterParametersModel: Pick<ServiceModel, 'operations' | 'shapes'> = {
  operations: {
    GetParameters: {
      method: 'POST',
      uri: '/',
      input: 'GetManyParametersRequest',
      output: 'GetManyParametersResult',
      errors: ['InvalidKeyId'],
    },
    WatchParameters: {
      method: 'POST',
      uri: '/',
      input: 'WatchParametersRequest',
      output: 'WatchParametersResult',
      errors: [],
    },
    RollbackParameter: {
      method: 'POST',
      uri: '/',
      input: 'RollbackParameterRequest',
      output: 'RollbackParameterResult',
      errors: [
        'InvalidKeyId',
        'ParameterNotFound',
        'ParameterVersionNotFound',
        'ParameterMaxVersionLimitExceeded',
        'TooManyUpdates',
      ],
    },
  },
  shapes: {
    InvalidKeyId: { type: 'structure', members: { message: { shape: 'ParameterText' } }, exception: true },
    ParameterNotFound: { type: 'structure', members: { message: { shape: 'ParameterText' } }, exception: true },
    ParameterVersionNotFound: { type: 'structure', members: { message: { shape: 'ParameterText' } }, exception: true },
    ParameterMaxVersionLimitExceeded: { type: 'structure', members: { message: { shape: 'ParameterText' } }, exception: true },
    TooManyUpdates: { type: 'structure', members: { message: { shape: 'ParameterText' } }, exception: true },
    ParameterText: { type: 'string' },
    ParameterSecret: { type: 'string', sensitive: true },
    ParameterFlag: { type: 'boolean' },
    ParameterTime: { type: 'timestamp' },
    ParameterNumber: { type: 'long' },
    ParameterReference: { type: 'string', min: 1, max: 2048 },
    ParameterReferences: { type: 'list', min: 1, max: 1000, member: { shape: 'ParameterReference' } },
    GetManyParametersRequest: structure({ Names: 'ParameterReferences', WithDecryption: 'ParameterFlag' }, ['Names']),
    /** As SSM's GetParameters answers it. */
    ManyParameter: structure({
      Name: 'ParameterText',
      Type: 'ParameterText',
      Value: 'ParameterSecret',
      Version: 'ParameterNumber',
      Selector: 'ParameterText',
      SourceResult: 'ParameterText',
      LastModifiedDate: 'ParameterTime',
      ARN: 'ParameterText',
      DataType: 'ParameterText',
    }),
    ManyParameters: { type: 'list', member: { shape: 'ManyParameter' } },
    MissingParameters: { type: 'list', member: { shape: 'ParameterText' } },
    GetManyParametersResult: structure({ Parameters: 'ManyParameters', InvalidParameters: 'MissingParameters' }, [
      'Parameters',
      'InvalidParameters',
    ]),
    WatchToken: { type: 'string', min: 1, max: 100 },
    WatchSeconds: { type: 'integer', min: 0, max: 20 },
    /** Names, or Path with all that lies below it. Without a Token, or when something changed since, the answer comes at once. */
    WatchParametersRequest: structure({
      Names: 'ParameterReferences',
      Path: 'ParameterReference',
      Token: 'WatchToken',
      WaitSeconds: 'WatchSeconds',
    }),
    WatchedParameter: structure({ Name: 'ParameterText', Version: 'ParameterNumber', LastModifiedDate: 'ParameterTime' }, [
      'Name',
      'Version',
      'LastModifiedDate',
    ]),
    WatchedParameters: { type: 'list', member: { shape: 'WatchedParameter' } },
    /** Parameters: those that are there now. Changed: whether that differs from what Token stands for. */
    WatchParametersResult: structure({ Parameters: 'WatchedParameters', Token: 'WatchToken', Changed: 'ParameterFlag' }, [
      'Parameters',
      'Token',
      'Changed',
    ]),
    ParameterVersionNumber: { type: 'long', min: 1 },
    ParameterLabelName: { type: 'string', min: 1, max: 100 },
    /** ParameterVersion or Label. ExpectedVersion: the version that the caller takes for the newest. */
    RollbackParameterRequest: structure(
      {
        Name: 'ParameterReference',
        ParameterVersion: 'ParameterVersionNumber',
        Label: 'ParameterLabelName',
        ExpectedVersion: 'ParameterVersionNumber',
      },
      ['Name'],
    ),
    RollbackParameterResult: structure(
      { Version: 'ParameterNumber', RestoredVersion: 'ParameterNumber', Tier: 'ParameterText' },
      ['Version', 'RestoredVersion', 'Tier'],
    ),
  },
};
