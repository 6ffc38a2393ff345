// Operations of service `ssm` that only agents call and that no public model describes. Shapes as the stock agent sends and reads
// them (agent-protocol b, c); constraints only where the agent's own SDK has them, since AWS takes empty texts and unknown values here
// and an agent that is refused hibernates for minutes. Error shapes that the public model has are referred to, not repeated.
import type { ServiceModel, ShapeModel } from './service-model.ts';

const text = (max: number, min = 0): ShapeModel => ({ type: 'string', min, max });
const error: ShapeModel = { type: 'structure', members: { Message: { shape: 'String' } }, exception: true };

export const agentSsmModel: Pick<ServiceModel, 'operations' | 'shapes'> = {
  operations: {
    RegisterManagedInstance: {
      method: 'POST',
      uri: '/',
      input: 'RegisterManagedInstanceRequest',
      output: 'RegisterManagedInstanceResult',
      errors: [
        'InvalidActivation',
        'ActivationExpired',
        'RegistrationLimitExceeded',
        'InvalidPublicKey',
        'InternalServerError',
        'TooManyUpdates',
      ],
      unsigned: true,
    },
    RequestManagedInstanceRoleToken: {
      method: 'POST',
      uri: '/',
      input: 'RequestManagedInstanceRoleTokenRequest',
      output: 'RequestManagedInstanceRoleTokenResult',
      errors: ['InvalidInstanceId', 'MachineFingerprintDoesNotMatch', 'InternalServerError'],
    },
    UpdateManagedInstancePublicKey: {
      method: 'POST',
      uri: '/',
      input: 'UpdateManagedInstancePublicKeyRequest',
      output: 'UpdateManagedInstancePublicKeyResult',
      errors: ['InvalidInstanceId', 'InvalidPublicKey', 'PublicKeyAlreadyRegistered', 'InternalServerError'],
    },
    UpdateInstanceInformation: {
      method: 'POST',
      uri: '/',
      input: 'UpdateInstanceInformationRequest',
      output: 'UpdateInstanceInformationResult',
      errors: ['InvalidInstanceId', 'InternalServerError'],
    },
    ListInstanceAssociations: {
      method: 'POST',
      uri: '/',
      input: 'ListInstanceAssociationsRequest',
      output: 'ListInstanceAssociationsResult',
      errors: ['InvalidInstanceId', 'InvalidNextToken', 'InternalServerError'],
    },
    UpdateInstanceAssociationStatus: {
      method: 'POST',
      uri: '/',
      input: 'UpdateInstanceAssociationStatusRequest',
      output: 'UpdateInstanceAssociationStatusResult',
      errors: ['InvalidInstanceId', 'AssociationDoesNotExist', 'StatusUnchanged', 'InternalServerError'],
    },
    GetManifest: {
      method: 'POST',
      uri: '/',
      input: 'GetManifestRequest',
      output: 'GetManifestResult',
      errors: ['ResourceNotFoundException', 'InternalServerError'],
    },
    PutConfigurePackageResult: {
      method: 'POST',
      uri: '/',
      input: 'PutConfigurePackageResultRequest',
      output: 'PutConfigurePackageResultResult',
      errors: ['InternalServerError'],
    },
  },
  shapes: {
    AgentActivationCode: { ...text(250, 20), sensitive: true },
    AgentActivationId: text(64, 1),
    AgentFingerprint: text(128),
    /** Base64 of a DER SubjectPublicKeyInfo: 392 characters for RSA 2048, about 740 for RSA 4096. */
    AgentPublicKey: text(2048, 1),
    AgentPublicKeyType: text(32, 1),
    AgentInstanceId: text(128, 1),
    AgentText: text(2048),
    AgentSecret: { ...text(8192), sensitive: true },
    RegisterManagedInstanceRequest: {
      type: 'structure',
      required: ['ActivationCode', 'ActivationId', 'PublicKey', 'PublicKeyType'],
      members: {
        ActivationCode: { shape: 'AgentActivationCode' },
        ActivationId: { shape: 'AgentActivationId' },
        Fingerprint: { shape: 'AgentFingerprint' },
        PublicKey: { shape: 'AgentPublicKey' },
        PublicKeyType: { shape: 'AgentPublicKeyType' },
        IamRole: { shape: 'AgentText' },
        Tags: { shape: 'TagList' },
      },
    },
    RegisterManagedInstanceResult: {
      type: 'structure',
      required: ['InstanceId'],
      members: { InstanceId: { shape: 'AgentInstanceId' } },
    },
    RequestManagedInstanceRoleTokenRequest: {
      type: 'structure',
      required: ['Fingerprint'],
      members: { Fingerprint: { shape: 'AgentFingerprint' } },
    },
    RequestManagedInstanceRoleTokenResult: {
      type: 'structure',
      required: ['AccessKeyId', 'SecretAccessKey', 'SessionToken', 'TokenExpirationDate', 'UpdateKeyPair'],
      members: {
        AccessKeyId: { shape: 'AgentText' },
        SecretAccessKey: { shape: 'AgentSecret' },
        SessionToken: { shape: 'AgentSecret' },
        TokenExpirationDate: { shape: 'DateTime' },
        UpdateKeyPair: { shape: 'Boolean' },
      },
    },
    UpdateManagedInstancePublicKeyRequest: {
      type: 'structure',
      required: ['NewPublicKey', 'NewPublicKeyType'],
      members: { NewPublicKey: { shape: 'AgentPublicKey' }, NewPublicKeyType: { shape: 'AgentPublicKeyType' } },
    },
    UpdateManagedInstancePublicKeyResult: { type: 'structure', members: {} },
    UpdateInstanceInformationRequest: {
      type: 'structure',
      required: ['InstanceId'],
      members: {
        InstanceId: { shape: 'AgentInstanceId' },
        AgentName: { shape: 'AgentText' },
        AgentStatus: { shape: 'AgentText' },
        AgentVersion: { shape: 'AgentText' },
        AvailabilityZone: { shape: 'AgentText' },
        AvailabilityZoneId: { shape: 'AgentText' },
        ComputerName: { shape: 'AgentText' },
        IPAddress: { shape: 'AgentText' },
        PlatformName: { shape: 'AgentText' },
        PlatformType: { shape: 'AgentText' },
        PlatformVersion: { shape: 'AgentText' },
        SSMConnectionChannel: { shape: 'AgentText' },
      },
    },
    UpdateInstanceInformationResult: { type: 'structure', members: {} },
    AgentMaxResults: { type: 'integer', min: 1, max: 50 },
    ListInstanceAssociationsRequest: {
      type: 'structure',
      required: ['InstanceId'],
      members: {
        InstanceId: { shape: 'AgentInstanceId' },
        MaxResults: { shape: 'AgentMaxResults' },
        NextToken: { shape: 'NextToken' },
      },
    },
    ListInstanceAssociationsResult: {
      type: 'structure',
      members: { Associations: { shape: 'AgentAssociationList' }, NextToken: { shape: 'NextToken' } },
    },
    AgentAssociationList: { type: 'list', member: { shape: 'AgentAssociation' } },
    AgentAssociation: {
      type: 'structure',
      // The agent dereferences these without a check.
      required: ['AssociationId', 'Checksum', 'Name', 'DocumentVersion', 'InstanceId'],
      members: {
        AssociationId: { shape: 'String' },
        AssociationVersion: { shape: 'String' },
        Checksum: { shape: 'String' },
        Name: { shape: 'String' },
        DocumentVersion: { shape: 'String' },
        InstanceId: { shape: 'String' },
        DetailedStatus: { shape: 'String' },
        Status: { shape: 'String' },
        LastExecutionDate: { shape: 'DateTime' },
        ScheduleExpression: { shape: 'String' },
        Parameters: { shape: 'Parameters' },
        Targets: { shape: 'Targets' },
        OutputLocation: { shape: 'InstanceAssociationOutputLocation' },
      },
    },
    UpdateInstanceAssociationStatusRequest: {
      type: 'structure',
      required: ['AssociationId', 'InstanceId', 'ExecutionResult'],
      members: {
        AssociationId: { shape: 'AgentText' },
        AssociationVersion: { shape: 'AgentText' },
        InstanceId: { shape: 'AgentInstanceId' },
        ExecutionResult: { shape: 'AgentAssociationResult' },
      },
    },
    AgentAssociationResult: {
      type: 'structure',
      required: ['Status', 'ExecutionDate'],
      members: {
        Status: { shape: 'AgentText' },
        ErrorCode: { shape: 'AgentText' },
        ExecutionDate: { shape: 'DateTime' },
        ExecutionSummary: { shape: 'AgentSummary' },
        OutputUrl: { shape: 'AgentOutputUrl' },
      },
    },
    /** The stock agent cuts it at 510. */
    AgentSummary: text(512),
    AgentOutputUrl: { type: 'structure', members: { S3OutputUrl: { shape: 'S3OutputUrl' } } },
    UpdateInstanceAssociationStatusResult: { type: 'structure', members: {} },
    GetManifestRequest: {
      type: 'structure',
      required: ['PackageName'],
      members: { PackageName: { shape: 'AgentText' }, PackageVersion: { shape: 'AgentText' } },
    },
    GetManifestResult: { type: 'structure', members: { Manifest: { shape: 'String' } } },
    PutConfigurePackageResultRequest: {
      type: 'structure',
      required: ['PackageName'],
      members: {
        PackageName: { shape: 'AgentText' },
        PackageVersion: { shape: 'AgentText' },
        PreviousPackageVersion: { shape: 'AgentText' },
        Operation: { shape: 'AgentText' },
        OverallTiming: { shape: 'AgentLong' },
        Result: { shape: 'AgentLong' },
        Attributes: { shape: 'AgentPackageAttributes' },
        Steps: { shape: 'AgentPackageStepList' },
      },
    },
    AgentLong: { type: 'long' },
    AgentPackageAttributes: { type: 'map', max: 50, key: { shape: 'AgentText' }, value: { shape: 'AgentText' } },
    /** A trace of what the agent did; about 50 of them for one package. */
    AgentPackageStepList: { type: 'list', max: 1000, member: { shape: 'AgentPackageStep' } },
    AgentPackageStep: {
      type: 'structure',
      members: { Action: { shape: 'AgentPackageAction' }, Result: { shape: 'AgentLong' }, Timing: { shape: 'AgentLong' } },
    },
    /** A line of its trace, which may quote the output of a script. */
    AgentPackageAction: text(32_768),
    PutConfigurePackageResultResult: { type: 'structure', members: {} },
    ActivationExpired: error,
    RegistrationLimitExceeded: error,
    InvalidPublicKey: error,
    PublicKeyAlreadyRegistered: error,
    MachineFingerprintDoesNotMatch: error,
  },
};
