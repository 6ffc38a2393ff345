// The agent's name and version as it tells them to the server.

export const AGENT_NAME = 'muster-agent';

/**
 * Peers compare versions with thresholds of the stock agent's line (3.3.x speaks the whole present protocol), so ours stands above them.
 */
export const AGENT_VERSION = '3.4.0.0';
