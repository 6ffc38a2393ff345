// Renews the listener's certificate while it runs: new connections get the new one, those that are there go on.
import type { Listener } from './platform/api/index.ts';
import type { Logger } from './platform/telemetry/index.ts';
import type { Clock, Timer } from './platform/time/clock.ts';
import type { ServerTls } from './platform/tls/index.ts';

export function keepCertificate(tls: ServerTls, listener: Listener, clock: Clock, log: Logger): Timer {
  let timer: Timer = { cancel: () => undefined };
  const plan = (): void => {
    timer = clock.setTimer(tls.renewAt().getTime() - clock.nowMs(), () => {
      try {
        if (tls.renewAt() <= clock.now()) listener.setSecureContext(tls.renew());
      } catch (error) {
        log.error('the certificate could not be renewed; the old one stays in use', {}, error);
      }
      plan();
    });
  };
  plan();
  return { cancel: () => timer.cancel() };
}
