// aws:runDockerAction: one call of the machine's `docker`, under the supervisor like a script.
import { failure } from '../documents/result.ts';
import { isOnPath } from '../machine/find-program.ts';
import { dockerArguments, DockerInputError } from './docker-arguments.ts';
import type { Plugin } from './plugin.ts';
import { runCommand } from './script-step.ts';

const runDockerAction: Plugin = {
  action: 'aws:runDockerAction',
  platforms: ['Linux', 'Windows'],
  variableSyntax: 'shell',
  async run(inputs, context) {
    let given: string[];
    try {
      given = dockerArguments(inputs);
    } catch (error) {
      if (error instanceof DockerInputError) return failure(error.message);
      throw error;
    }
    // Windows looks for programs in more places than these.
    if (context.platform !== 'Windows' && !isOnPath('docker', context.environment['PATH'] ?? '')) {
      return failure('aws:runDockerAction needs docker, but there is none on this machine: install it with aws:configureDocker');
    }
    return runCommand(inputs, context, () => ['docker', ...given]);
  },
};

export default runDockerAction;
