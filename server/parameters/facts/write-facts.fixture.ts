// What is known of real AWS about names, puts and labels of parameters.
import { type Fact, ARN, RULES, put, over, get, levels, many, FACTS_SCOPE } from './fact.fixture.ts';

const NAMES: readonly Fact[] = [
  { fact: 'a missing parameter has no message (F1)', call: get('/none'), refusal: 'ParameterNotFound: ' },
  ...['sp ace', 'at@x', 'br{a}ce', 'q?[', '/x//b//c', 'x/b/c', '/'].map((name): Fact => ({
    fact: `GetParameter of ${name} breaks the letters (F2)`,
    call: get(name),
    refusal: RULES,
  })),
  { fact: 'PutParameter of letters that are none (F2)', call: put('/a b'), refusal: RULES },
  {
    fact: 'a path without its first slash',
    call: put('a/b/c'),
    refusal: 'ValidationException: Parameter name must be a fully qualified name.',
  },
  ...['aws', '/awsx', 'SSM-x', '/ssm'].map((name): Fact => ({
    fact: `${name} is reserved at the root (F3)`,
    call: put(name),
    refusal: 'ValidationException: Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).',
  })),
  {
    fact: 'a path below /aws is reserved (F3)',
    call: put('/aws/x'),
    refusal: 'AccessDeniedException: No access to reserved parameter name: /aws/x.',
  },
  { fact: 'a path below /ssm is reserved', call: put('/ssm/x'), refusal: RULES },
  { fact: 'fifteen levels are enough', call: put(levels(15)), answer: { Version: 1 } },
  { fact: 'sixteen are too many', call: put(levels(16)), refusal: /^HierarchyLevelLimitExceededException: .*15 levels/ },
  {
    fact: 'a name is 1011 characters long with its ARN',
    call: put(`/${'n'.repeat(1011 - ARN.length - 1)}`),
    answer: { Version: 1 },
  },
  { fact: 'and not one more', call: put(`/${'m'.repeat(1012 - ARN.length - 1)}`), refusal: /^ValidationException: .*1011/ },
  {
    fact: 'x and /x are one parameter',
    given: [put('/TestParam1')],
    call: put('TestParam1'),
    refusal:
      'ParameterAlreadyExists: The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
  },
  {
    fact: 'the answer echoes the form that was asked for, the ARN is the same',
    given: [put('echo1')],
    call: get('/echo1'),
    answer: { Parameter: { Name: '/echo1', ARN: `${ARN}/echo1`, DataType: 'text', Type: 'String', Value: 'v', Version: 1 } },
  },
  { fact: 'and the reverse', given: [put('/echo2')], call: get('echo2'), answer: { Parameter: { Name: 'echo2' } } },
  {
    fact: 'blanks around a name are taken off',
    given: [put('  blanks ')],
    call: get('blanks'),
    answer: { Parameter: { Value: 'v' } },
  },
  {
    fact: 'tags do not mind the slash',
    given: [put('/tagged1', { Tags: [{ Key: 'a', Value: '1' }] })],
    call: ['ListTagsForResource', { ResourceType: 'Parameter', ResourceId: 'tagged1' }],
    answer: { TagList: [{ Key: 'a', Value: '1' }] },
  },
  {
    fact: 'tags of a missing parameter (F7)',
    call: ['ListTagsForResource', { ResourceType: 'Parameter', ResourceId: '/none' }],
    refusal: 'InvalidResourceId: ',
  },
];

const PUTS: readonly Fact[] = [
  { fact: 'the answer is version and tier', call: put('/p/new'), answer: { Version: 1, Tier: 'Standard' } },
  {
    fact: 'more than 4096 in the standard tier',
    call: put('/p/large', { Value: 'x'.repeat(4097) }),
    refusal:
      'ValidationException: Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html',
  },
  {
    fact: 'Intelligent-Tiering chooses',
    call: put('/p/tiering', { Value: 'x'.repeat(4097), Tier: 'Intelligent-Tiering' }),
    answer: { Tier: 'Advanced' },
  },
  {
    fact: 'more than 32768 at all',
    call: put('/p/huge', { Value: 'x'.repeat(32_769) }),
    refusal:
      "ValidationException: 1 validation error detected: Value at 'value' failed to satisfy constraint: Member must have length less than or equal to 32768",
  },
  {
    fact: 'tags and overwrite',
    call: put('/p/tags', { Overwrite: true, Tags: [{ Key: 'a', Value: 'b' }] }),
    refusal:
      "ValidationException: Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.",
  },
  {
    fact: 'a value that its pattern does not match',
    call: put('/p/pattern', { Value: '12345', AllowedPattern: '\\d{1,4}' }),
    refusal: 'ParameterPatternMismatchException: Parameter value, cannot be validated against allowedPattern: \\d{1,4}',
  },
  {
    fact: 'the pattern of the first put is kept',
    given: [put('/p/pattern2', { Value: '1', AllowedPattern: '\\d{1,4}' })],
    call: over('/p/pattern2', 'one'),
    refusal: 'ParameterPatternMismatchException: Parameter value, cannot be validated against allowedPattern: \\d{1,4}',
  },
  { fact: 'what is no pattern', call: put('/p/pattern3', { AllowedPattern: '(' }), refusal: /^InvalidAllowedPatternException: / },
  {
    fact: 'no change from String to SecureString',
    given: [put('/p/type')],
    call: over('/p/type', 'v', { Type: 'SecureString' }),
    refusal:
      "HierarchyTypeMismatchException: Parameter Store doesn't support changing a parameter type in a hierarchy. For example, you can't change a parameter from a String type to a SecureString type. You must create a new, unique parameter.",
  },
  {
    fact: 'a new one needs a type',
    call: ['PutParameter', { Name: '/p/untyped', Value: 'v' }],
    refusal: 'ValidationException: A parameter type is required when you create a parameter.',
  },
  {
    fact: 'an old one keeps its type',
    given: [put('/p/list', { Type: 'StringList', Value: 'a,b' }), over('/p/list', 'c,d')],
    call: get('/p/list'),
    answer: { Parameter: { Type: 'StringList', Value: 'c,d', Version: 2 } },
  },
  {
    fact: 'a type that there is not',
    call: put('/p/str', { Type: 'str' }),
    refusal:
      /^ValidationException: 1 validation error detected: Value 'str' at 'type' failed to satisfy constraint: Member must satisfy enum value set: \[.*\]/,
  },
  {
    fact: 'a data type that there is not',
    call: put('/p/data', { DataType: 'not_text' }),
    refusal: 'ValidationException: The following data type is not supported: not_text (Data type names are all lowercase.)',
  },
  {
    fact: 'a SecureString under a key that there is not',
    call: put('/p/key', {
      Type: 'SecureString',
      KeyId: `arn:aws:kms:us-east-1:${FACTS_SCOPE.account}:key/00000000-0000-0000-0000-000000000000`,
    }),
    refusal:
      /^InvalidKeyId: Key 'arn:aws:kms:us-east-1:\d{12}:key\/0{8}-0{4}-0{4}-0{4}-0{12}' does not exist \(Service: AWSKMS; Status Code: 400; Error Code: NotFoundException; Request ID: [0-9a-f-]{36}; Proxy: null\)$/,
  },
  {
    fact: 'no parameter within a parameter',
    call: put('/p/nested', { Value: '{{ssm:x}}' }),
    refusal: 'ValidationException: Parameter value can\'t nest another parameter. Do not use "{{}}" in the value.',
  },
  {
    fact: '[{}] removes all policies',
    given: [
      put('/p/policies', {
        Tier: 'Advanced',
        Policies: '[{"Type":"NoChangeNotification","Version":"1.0","Attributes":{"After":"20","Unit":"Days"}}]',
      }),
      over('/p/policies', 'w', { Policies: '[{}]' }),
    ],
    call: ['GetParameterHistory', { Name: '/p/policies' }],
    answer: {
      Parameters: [
        { Policies: [{ PolicyType: 'NoChangeNotification', PolicyStatus: 'Pending' }], Tier: 'Advanced' },
        { Policies: [], Tier: 'Advanced' },
      ],
    },
  },
];

const LABELS: readonly Fact[] = [
  {
    fact: 'a version that there is not',
    given: [put('/l/ver')],
    call: ['LabelParameterVersion', { Name: '/l/ver', ParameterVersion: 5, Labels: ['a'] }],
    refusal: 'ParameterVersionNotFound: Systems Manager could not find version 5 of /l/ver. Verify the version and try again.',
  },
  {
    fact: 'labels that can be none are told',
    given: [put('/l/bad')],
    call: ['LabelParameterVersion', { Name: '/l/bad', Labels: ['aws-x', 'SSMx', '1st', 'a/b', 'good'] }],
    answer: { InvalidLabels: ['aws-x', 'SSMx', '1st', 'a/b'], ParameterVersion: 1 },
  },
  {
    fact: 'a label of 101 characters',
    call: ['LabelParameterVersion', { Name: '/l/long', Labels: ['a'.repeat(101)] }],
    refusal: `ValidationException: 1 validation error detected: Value '[${'a'.repeat(101)}]' at 'labels' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 100, Member must have length greater than or equal to 1]`,
  },
  {
    fact: 'an eleventh label',
    given: [put('/l/many'), ['LabelParameterVersion', { Name: '/l/many', Labels: many(10, 'l') }]],
    call: ['LabelParameterVersion', { Name: '/l/many', Labels: ['one-more'] }],
    refusal: 'ParameterVersionLabelLimitExceeded: A parameter version can have a maximum of ten labels.',
  },
  {
    fact: 'taking labels off tells which',
    given: [put('/l/off'), ['LabelParameterVersion', { Name: '/l/off', Labels: ['a', 'b'] }]],
    call: ['UnlabelParameterVersion', { Name: '/l/off', ParameterVersion: 1, Labels: ['a', 'x'] }],
    answer: { RemovedLabels: ['a'], InvalidLabels: ['x'] },
  },
];

export const WRITE_FACTS: readonly Fact[] = [...NAMES, ...PUTS, ...LABELS];
