// Muster.WatchParameters: a long poll. It answers when one of the parameters is not what Token stands for any more, or when the wait is over.
import type { MusterParametersApi } from '../../../platform/api/models/muster/parameters.types.gen.ts';
import { operation } from '../../../platform/api/operation.ts';
import type { Parameters } from '../../domain.ts';
import { pathArn, resourceOf } from '../../name.ts';
import { isTouched, lookAt, readWatched, showWatched, tokenOf } from '../../watching/watched.ts';

/** What other replicas change is seen so late. */
const LOOK_AGAIN_MS = 5_000;
const WAIT_SECONDS = 20;

export default operation<MusterParametersApi, Parameters>()('muster', 'WatchParameters', {
  action: 'muster:WatchParameters',
  audit: 'read',
  resources: (input, scope) =>
    input.Path === undefined
      ? (input.Names ?? ['*']).map((name) => (name === '*' ? name : resourceOf(scope, name)))
      : [pathArn(scope, input.Path)],
  async handle(domain, ctx, input) {
    const watched = readWatched(ctx, input.Names, input.Path);
    if (input.Path === undefined)
      await ctx.authorize(
        'ssm:GetParameters',
        (input.Names ?? []).map((name) => resourceOf(ctx, name)),
      );
    else await ctx.authorize('ssm:GetParametersByPath', pathArn(ctx, input.Path));
    using watcher =
      domain.watchers.enter(ctx, (key) => isTouched(watched, key)) ??
      ctx.fail('ThrottlingException', 'Rate exceeded: too many calls watch parameters. Try again.');
    const endsAtMs = domain.clock.nowMs() + (input.WaitSeconds ?? WAIT_SECONDS) * 1_000;
    for (;;) {
      const now = await domain.database.read((tx) => lookAt(tx, ctx, watched));
      const token = tokenOf(now);
      const leftMs = endsAtMs - domain.clock.nowMs();
      if (token !== input.Token || leftMs <= 0 || ctx.signal.aborted)
        return { Parameters: showWatched(now), Token: token, Changed: token !== input.Token };
      await watcher.next(Math.min(leftMs, LOOK_AGAIN_MS), ctx.signal);
    }
  },
});
