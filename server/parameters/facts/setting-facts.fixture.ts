// What is known of real AWS about the service settings of Parameter Store, and about the older form of DescribeParameters' filters.
import { type Fact, type FactCall, FACTS_SCOPE, put } from './fact.fixture.ts';

const TIER = '/ssm/parameter-store/default-parameter-tier';
const THROUGHPUT = '/ssm/parameter-store/high-throughput-enabled';
const arn = (id: string): string => `arn:aws:ssm:${FACTS_SCOPE.region}:${FACTS_SCOPE.account}:servicesetting${id}`;
const raise: FactCall = ['UpdateServiceSetting', { SettingId: THROUGHPUT, SettingValue: 'true' }];
const old = (...Filters: readonly object[]): FactCall => ['DescribeParameters', { Filters }];

const SETTINGS: readonly Fact[] = [
  {
    fact: 'a setting that nobody has changed',
    call: ['GetServiceSetting', { SettingId: TIER }],
    answer: {
      ServiceSetting: {
        SettingId: TIER,
        SettingValue: 'Standard',
        LastModifiedUser: 'System',
        ARN: arn(TIER),
        Status: 'Default',
      },
    },
  },
  {
    fact: 'a setting that was changed, by its ARN',
    given: [raise],
    call: ['GetServiceSetting', { SettingId: arn(THROUGHPUT) }],
    answer: { ServiceSetting: { SettingId: THROUGHPUT, SettingValue: 'true', ARN: arn(THROUGHPUT), Status: 'Customized' } },
  },
  {
    fact: 'a setting that was changed before',
    given: [raise],
    call: ['ResetServiceSetting', { SettingId: THROUGHPUT }],
    answer: { ServiceSetting: { SettingId: THROUGHPUT, SettingValue: 'false', LastModifiedUser: 'System', Status: 'Default' } },
  },
  {
    fact: 'a setting that there is not',
    call: ['GetServiceSetting', { SettingId: '/ssm/parameter-store/none' }],
    refusal: /^ServiceSettingNotFound: The specified service setting was not found\./,
  },
];

const OLD_FILTERS: readonly Fact[] = [
  {
    fact: 'an older filter by name finds what begins so',
    given: [put('/older-1/a'), put('/older-1/b'), put('/older-2')],
    call: old({ Key: 'Name', Values: ['/older-1'] }),
    answer: { Parameters: [{ Name: '/older-1/a' }, { Name: '/older-1/b' }] },
  },
  {
    fact: 'older filters are joined by AND',
    given: [put('/oldest/a'), put('/oldest/b', { Type: 'StringList' })],
    call: old({ Key: 'Name', Values: ['/oldest'] }, { Key: 'Type', Values: ['StringList'] }),
    answer: { Parameters: [{ Name: '/oldest/b' }] },
  },
  {
    fact: 'an older filter by key',
    given: [put('/elder', { Type: 'SecureString' }), put('/eldest')],
    call: old({ Key: 'Name', Values: ['/eld'] }, { Key: 'KeyId', Values: ['alias/aws/ssm'] }),
    answer: { Parameters: [{ Name: '/elder', KeyId: 'alias/aws/ssm' }] },
  },
  {
    fact: 'an older filter with a key of the newer form',
    call: old({ Key: 'Tier', Values: ['Standard'] }),
    refusal: /^ValidationException: .*Member must satisfy enum value set: \[/,
  },
];

export const SETTING_FACTS: readonly Fact[] = [...SETTINGS, ...OLD_FILTERS];
