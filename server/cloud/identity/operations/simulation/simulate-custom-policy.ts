// SimulateCustomPolicy: what the policies in the call would decide. Looks at nothing that is stored.
import { iamRead } from '../../iam-operation.ts';
import { answerSimulation, numbered } from '../../decisions/simulation.ts';

export default iamRead('SimulateCustomPolicy', {
  about: () => ['*'],
  read: ({ ctx, account }, input) =>
    Promise.resolve(
      answerSimulation(
        ctx,
        {
          identity: numbered('PolicyInputList', input.PolicyInputList),
          boundary: undefined,
          arn: `arn:aws:iam::${account}:root`,
        },
        input,
      ),
    ),
});
