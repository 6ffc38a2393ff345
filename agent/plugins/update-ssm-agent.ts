// aws:updateSsmAgent: this agent is updated by what installed it, never over the wire: whoever can send commands could otherwise replace the
// program that judges them. So the step tells the version: success where exactly this one is wanted, a failure that says what to do otherwise.
import { failure } from '../documents/result.ts';
import { AGENT_NAME, AGENT_VERSION } from '../version.ts';
import type { Plugin } from './plugin.ts';

const updateSsmAgent: Plugin = {
  action: 'aws:updateSsmAgent',
  platforms: ['Linux', 'MacOS', 'Windows'],
  variableSyntax: 'shell',
  run(inputs) {
    const { targetVersion } = inputs;
    const wanted = typeof targetVersion === 'string' && targetVersion.trim() !== '' ? targetVersion.trim() : 'latest';
    if (wanted === AGENT_VERSION) {
      const standardOutput = `${AGENT_NAME} ${AGENT_VERSION} has already been installed, update skipped`;
      return Promise.resolve({ status: 'Success', code: 0, standardOutput, standardError: '', ends: false });
    }
    return Promise.resolve(
      failure(
        `${AGENT_NAME} ${AGENT_VERSION} is not updated by a command, so version ${wanted} is not installed: update the package or the image that the agent came with.`,
      ),
    );
  },
};

export default updateSsmAgent;
