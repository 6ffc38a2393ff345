// One good document of each type: what the checks must take, and what mutations start from.
import type { DocumentType } from '../../platform/api/models/ssm.types.gen.ts';
import type { ContentFormat } from './kind.ts';

export interface Sample {
  readonly type: DocumentType;
  readonly format: ContentFormat;
  readonly content: string;
}

const json = (type: DocumentType, value: object): Sample => ({ type, format: 'JSON', content: JSON.stringify(value, null, 2) });

const SHA256 = 'ab'.repeat(32);

export const CALENDAR = [
  'BEGIN:VCALENDAR',
  'PRODID:-//AWS//Change Calendar 1.0//EN',
  'VERSION:2.0',
  'X-CALENDAR-TYPE:DEFAULT_OPEN',
  'X-WR-CALDESC:no changes at night',
  'BEGIN:VTODO',
  'DTSTAMP:20260102T030405Z',
  'SUMMARY:a line that is so long that it is',
  '  folded',
  'END:VTODO',
  'BEGIN:VEVENT',
  'UID:1',
  'DTSTAMP:20260102T030405Z',
  'DTSTART;TZID="Europe/Berlin":20260102T220000',
  'DTEND;TZID="Europe/Berlin":20260103T060000',
  'RRULE:FREQ=WEEKLY;BYDAY=MO,TU',
  'SUMMARY:night',
  'END:VEVENT',
  'END:VCALENDAR',
  '',
].join('\r\n');

export const runbook = (over: object = {}): object => ({
  schemaVersion: '0.3',
  description: 'stops and starts',
  assumeRole: '{{ AutomationAssumeRole }}',
  parameters: {
    AutomationAssumeRole: { type: 'AWS::IAM::Role::Arn', default: '' },
    InstanceId: { type: 'List<AWS::EC2::Instance::Id>', description: 'which' },
    Retries: { type: 'Integer', default: 3 },
  },
  variables: { count: { type: 'Integer', default: 0 } },
  mainSteps: [
    {
      name: 'describe',
      action: 'aws:executeAwsApi',
      onFailure: 'step:tell',
      inputs: { Service: 'ec2', Api: 'DescribeInstances', InstanceIds: '{{ InstanceId }}' },
      outputs: [{ Name: 'State', Selector: '$.Reservations[0].Instances[0].State.Name', Type: 'String' }],
    },
    {
      name: 'choose',
      action: 'aws:branch',
      inputs: {
        Choices: [{ NextStep: 'each', Variable: '{{ describe.State }}', StringEquals: 'running' }],
        Default: 'tell',
      },
    },
    {
      name: 'each',
      action: 'aws:loop',
      inputs: {
        Iterators: '{{ InstanceId }}',
        IteratorDataType: 'String',
        Steps: [
          {
            name: 'stop',
            action: 'aws:runCommand',
            inputs: { DocumentName: 'Stop', InstanceIds: ['{{ each.CurrentIteratorValue }}'] },
          },
        ],
      },
      nextStep: 'tell',
    },
    {
      name: 'tell',
      action: 'aws:executeScript',
      isEnd: true,
      isCritical: false,
      timeoutSeconds: 60,
      inputs: {
        Runtime: 'python3.11',
        Handler: 'main',
        Script: 'def main(e, c):\n  return "{{ global:REGION }} {{ variable:count }}"',
      },
    },
  ],
  outputs: ['describe.State'],
  ...over,
});

export const SAMPLES: readonly Sample[] = [
  json('Command', {
    schemaVersion: '2.2',
    description: 'd',
    parameters: {
      Who: { type: 'String', default: 'me', allowedPattern: '^[a-z]{1,9}$', interpolationType: 'ENV_VAR' },
      List: { type: 'StringList', default: ['a'], minItems: 1 },
    },
    mainSteps: [
      {
        action: 'aws:runShellScript',
        name: 'one',
        precondition: { StringEquals: ['platformType', 'Linux'] },
        inputs: { runCommand: ['echo "{{ Who }}"'], timeoutSeconds: '60', onFailure: 'exit' },
      },
      { action: 'aws:runShellScript', name: 'last', inputs: { runCommand: ['true'], finallyStep: true } },
    ],
  }),
  {
    type: 'Command',
    format: 'YAML',
    content:
      'schemaVersion: "2.2"\ndescription: y\nparameters:\n  P: {type: String, default: "a", allowedValues: ["a", "b"]}\nmainSteps:\n- action: aws:runPowerShellScript\n  name: p\n  inputs: &i\n    runCommand: ["echo {{ P }}"]\n',
  },
  json('Policy', {
    schemaVersion: '2.0',
    mainSteps: [{ action: 'aws:softwareInventory', name: 'i', inputs: { applications: 'Enabled' } }],
  }),
  json('Session', {
    schemaVersion: '1.0',
    description: 'preferences',
    sessionType: 'Standard_Stream',
    inputs: {
      s3BucketName: '',
      runAsEnabled: false,
      idleSessionTimeout: '20',
      maxSessionDuration: '',
      shellProfile: { linux: 'exec bash' },
    },
  }),
  json('Session', {
    schemaVersion: '1.0',
    sessionType: 'InteractiveCommands',
    parameters: { logpath: { type: 'String', default: '/var/log/messages', allowedPattern: '^[a-zA-Z0-9./-]+$' } },
    properties: { linux: { commands: 'tail -f {{ logpath }}', runAsElevated: true } },
  }),
  json('Session', {
    schemaVersion: '1.0',
    sessionType: 'Port',
    parameters: { portNumber: { type: 'String', default: '22' } },
    properties: { portNumber: '{{ portNumber }}', type: 'LocalPortForwarding', localPortNumber: '0' },
  }),
  json('Automation', runbook()),
  json('Automation.ChangeTemplate', {
    schemaVersion: '0.3',
    description: 'a change',
    templateInformation: '### what',
    emergencyChange: false,
    autoApprovable: false,
    mainSteps: [
      {
        name: 'ApproveAction1',
        action: 'aws:approve',
        timeoutSeconds: 3600,
        inputs: {
          Message: 'please',
          EnhancedApprovals: { Approvers: [{ approver: 'me', type: 'IamUser', minRequiredApprovals: 1 }] },
        },
      },
    ],
    executableRunBooks: [{ name: 'AWS-HelloWorld', version: '$DEFAULT' }],
  }),
  json('Package', {
    schemaVersion: '2.0',
    version: '1.0.1',
    packages: { ubuntu: { _any: { x86_64: { file: 'tool.zip' } } }, windows: { _any: { x86_64: { file: 'tool-win.zip' } } } },
    files: { 'tool.zip': { checksums: { sha256: SHA256 } }, 'tool-win.zip': { checksums: { sha256: SHA256 } } },
  }),
  { type: 'ChangeCalendar', format: 'TEXT', content: CALENDAR },
  json('ApplicationConfiguration', { color: 'blue' }),
  { type: 'ApplicationConfiguration', format: 'TEXT', content: 'color=blue\n' },
  json('ApplicationConfigurationSchema', { $schema: 'http://json-schema.org/draft-04/schema#', type: 'object' }),
  json('DeploymentStrategy', { deploymentDurationInMinutes: 10 }),
  json('ProblemAnalysis', { schemaVersion: '1.0', description: 'why' }),
  json('ProblemAnalysisTemplate', { schemaVersion: '1.0' }),
  json('CloudFormation', { schemaVersion: '1.0', templateBody: { Resources: {} } }),
  { type: 'ConformancePackTemplate', format: 'YAML', content: 'Resources:\n  Rule:\n    Type: AWS::Config::ConfigRule\n' },
  json('QuickSetup', { schemaVersion: '1.0' }),
  json('ManualApprovalPolicy', { schemaVersion: '1.0' }),
  { type: 'AutoApprovalPolicy', format: 'TEXT', content: 'permit (principal, action, resource);' },
];
