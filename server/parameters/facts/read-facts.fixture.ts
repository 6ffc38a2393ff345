// What is known of real AWS about reading and describing parameters.
import { type Fact, ARN, PATH, NO_FILTER, put, over, get, many, filter, byPath, FACTS_SCOPE } from './fact.fixture.ts';

const READS: readonly Fact[] = [
  {
    fact: 'an ARN is a name; the answer has the plain one',
    given: [put('/r/arn')],
    call: get(`${ARN}/r/arn`),
    answer: { Parameter: { Name: '/r/arn', ARN: `${ARN}/r/arn` } },
  },
  {
    fact: 'so in GetParameters, and the empty list is there',
    given: [put('/r/arn2')],
    call: ['GetParameters', { Names: [`${ARN}/r/arn2`] }],
    answer: { InvalidParameters: [], Parameters: [{ Name: '/r/arn2' }] },
  },
  {
    fact: 'an ARN takes a selector, which is not in the ARN of the answer',
    given: [put('/r/sel'), over('/r/sel', 'w')],
    call: get(`${ARN}/r/sel:1`),
    answer: { Parameter: { Value: 'v', Version: 1, Selector: ':1', ARN: `${ARN}/r/sel` } },
  },
  {
    fact: 'a version that there is not',
    given: [put('/r/ver')],
    call: get('/r/ver:2'),
    refusal: 'ParameterVersionNotFound: Systems Manager could not find version 2 of /r/ver. Verify the version and try again.',
  },
  {
    fact: 'a label selects its version',
    given: [
      put('/r/label'),
      over('/r/label', 'w'),
      ['LabelParameterVersion', { Name: '/r/label', ParameterVersion: 1, Labels: ['old'] }],
    ],
    call: get('/r/label:old'),
    answer: { Parameter: { Value: 'v', Version: 1, Selector: ':old' } },
  },
  {
    fact: 'eleven names',
    call: ['GetParameters', { Names: many(11, 'n') }],
    refusal:
      "ValidationException: 1 validation error detected: Value '[n0, n1, n2, n3, n4, n5, n6, n7, n8, n9, n10]' at 'names' failed to satisfy constraint: Member must have length less than or equal to 10",
  },
  {
    fact: 'versions, labels and names that there are not are told as they were asked',
    given: [put('/r/some')],
    call: ['GetParameters', { Names: ['/r/some:9', '/r/some:none', '/r/gone', '/r/some'] }],
    answer: { InvalidParameters: ['/r/some:9', '/r/some:none', '/r/gone'], Parameters: [{ Name: '/r/some' }] },
  },
  {
    fact: 'the path of a parameter itself is empty',
    given: [put('/r/itself')],
    call: byPath('/r/itself'),
    answer: { Parameters: [] },
  },
  { fact: 'a path that there is not is empty', call: byPath('/nowhere'), answer: { Parameters: [] } },
  { fact: 'a path without its slash (F6)', call: byPath('r'), refusal: PATH },
  { fact: 'a path of other letters (F6)', call: byPath('/r/ /x'), refusal: PATH },
  {
    fact: 'a filter by label answers the labelled version',
    given: [
      put('/byl/a'),
      over('/byl/a', 'w'),
      put('/byl/b'),
      ['LabelParameterVersion', { Name: '/byl/a', ParameterVersion: 1, Labels: ['prod'] }],
    ],
    call: byPath('/byl', { ParameterFilters: [{ Key: 'Label', Option: 'Equals', Values: ['prod'] }] }),
    answer: { Parameters: [{ Name: '/byl/a', Value: 'v', Version: 1, Selector: ':prod' }] },
  },
  {
    fact: 'a filter by tag is ignored',
    given: [put('/bytag/a')],
    call: byPath('/bytag', { ParameterFilters: [{ Key: 'tag:x', Values: ['y'] }] }),
    answer: { Parameters: [{ Name: '/bytag/a' }] },
  },
  {
    fact: 'other filters are not for paths',
    call: byPath('/r', { ParameterFilters: [{ Key: 'Name', Values: ['x'] }] }),
    refusal: NO_FILTER,
  },
  {
    fact: 'pages of at most ten',
    call: byPath('/r', { MaxResults: 23 }),
    refusal:
      "ValidationException: 1 validation error detected: Value '23' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 10",
  },
  {
    fact: 'history is oldest first, with empty lists, tier and who',
    given: [put('/r/hist'), over('/r/hist', 'w'), ['LabelParameterVersion', { Name: '/r/hist', Labels: ['l'] }]],
    call: ['GetParameterHistory', { Name: '/r/hist' }],
    answer: {
      Parameters: [
        {
          Version: 1,
          Labels: [],
          Policies: [],
          Tier: 'Standard',
          LastModifiedUser: `arn:aws:iam::${FACTS_SCOPE.account}:user/administrator`,
        },
        { Version: 2, Labels: ['l'], Policies: [] },
      ],
    },
  },
  {
    fact: 'history pages of at most fifty',
    call: ['GetParameterHistory', { Name: '/r/hist', MaxResults: 51 }],
    refusal:
      "ValidationException: 1 validation error detected: Value '51' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 50",
  },
  {
    fact: 'public parameters belong to no account',
    call: get(`/aws/service/global-infrastructure/regions/${FACTS_SCOPE.region}`),
    answer: {
      Parameter: {
        Value: FACTS_SCOPE.region,
        ARN: `arn:aws:ssm:${FACTS_SCOPE.region}::parameter/aws/service/global-infrastructure/regions/${FACTS_SCOPE.region}`,
      },
    },
  },
  {
    fact: 'a secret needs decryption',
    call: get('/aws/reference/secretsmanager/x'),
    refusal: 'ValidationException: WithDecryption flag must be True for retrieving a Secret Manager secret.',
  },
  {
    fact: 'a secret that there is not',
    call: ['GetParameter', { Name: '/aws/reference/secretsmanager/x', WithDecryption: true }],
    refusal:
      /^ParameterNotFound: An error occurred \(ParameterNotFound\) when referencing Secrets Manager: Secret \/aws\/reference\/secretsmanager\/x not found\./,
  },
  {
    fact: 'a secret among names is told',
    given: [put('/r/beside')],
    call: ['GetParameters', { Names: ['/r/beside', '/aws/reference/secretsmanager/x'], WithDecryption: true }],
    answer: { InvalidParameters: ['/aws/reference/secretsmanager/x'], Parameters: [{ Name: '/r/beside' }] },
  },
];

const DESCRIBES: readonly Fact[] = [
  {
    fact: 'one form of filters at a time',
    call: [
      'DescribeParameters',
      { Filters: [{ Key: 'Name', Values: ['x'] }], ParameterFilters: [{ Key: 'Name', Values: ['x'] }] },
    ],
    refusal: 'ValidationException: You can use either Filters or ParameterFilters in a single request.',
  },
  {
    fact: 'a filter key that there is not',
    call: filter('key', ['x']),
    refusal: /Member must satisfy regular expression pattern: tag:\.\+\|Name\|Type\|KeyId\|Path\|Label\|Tier\|DataType/,
  },
  {
    fact: 'labels do not describe',
    call: filter('Label', ['x']),
    refusal: NO_FILTER,
  },
  {
    fact: 'a filter without values',
    call: filter('Name'),
    refusal: 'InvalidFilterValue: The following filter values are missing : null for filter key Name',
  },
  {
    fact: 'a filter twice',
    call: [
      'DescribeParameters',
      {
        ParameterFilters: [
          { Key: 'Name', Values: ['x'] },
          { Key: 'Name', Values: ['y'] },
        ],
      },
    ],
    refusal: NO_FILTER,
  },
  ...['/aws', '/ssm'].map((path): Fact => ({
    fact: `the path ${path} is common`,
    call: filter('Path', [path]),
    refusal: 'ValidationException: Filters for common parameters can\'t be prefixed with "aws" or "ssm" (case-insensitive).',
  })),
  {
    fact: 'a path is not equal to anything',
    call: filter('Path', ['/x'], 'Equals'),
    refusal:
      'InvalidFilterOption: The following filter option is not valid: Equals. Valid options include: [Recursive, OneLevel].',
  },
  {
    fact: 'a tier that there is not',
    call: filter('Tier', ['test']),
    refusal:
      'InvalidFilterOption: The following filter value is not valid: test. Valid values include: [Standard, Advanced, Intelligent-Tiering].',
  },
  {
    fact: 'a type that there is not',
    call: filter('Type', ['test']),
    refusal:
      'InvalidFilterOption: The following filter value is not valid: test. Valid values include: [String, StringList, SecureString].',
  },
  {
    fact: 'an option that there is not',
    call: filter('Name', ['x'], 'option'),
    refusal:
      'InvalidFilterOption: The following filter option is not valid: option. Valid options include: [BeginsWith, Equals].',
  },
  {
    fact: 'a slash in a Name filter finds names without one',
    given: [put('/tangent-3'), put('tangram-4'), put('/standby-5')],
    call: filter('Name', ['/tan'], 'Contains'),
    answer: { Parameters: [{ Name: '/tangent-3' }, { Name: 'tangram-4' }] },
  },
];

export const READ_FACTS: readonly Fact[] = [...READS, ...DESCRIBES];
