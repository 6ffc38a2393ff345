// GetContextKeysForCustomPolicy: the condition keys and variables that the policies in the call ask for.
import { iamRead } from '../../iam-operation.ts';
import { contextKeys, numbered } from '../../decisions/simulation.ts';

export default iamRead('GetContextKeysForCustomPolicy', {
  about: () => ['*'],
  read: ({ ctx }, input) => Promise.resolve(contextKeys(ctx, numbered('PolicyInputList', input.PolicyInputList))),
});
