/** Looks at a running program again and again. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Interrupted, UserError } from '../errors.js'
import { goroutinesIn } from '../evidence/index.js'
import { chargeProfile, NoProfile } from '../evidence/profiles.js'
import type { Endpoint } from './endpoint.js'
import { type Known, type Suspicion, watcher } from './suspicion.js'

/** What was looked at, as it came: by the names of the files that it makes. */
export type Seen = ReadonlyMap<string, Buffer>

/**
 * Looks every so many milliseconds, until the signal; hands over what is suspected, with what it was seen in. A look that fails (the program
 * is starting again) is passed over; the first one may not. Ends with Interrupted.
 */
export async function watch(
  endpoint: Endpoint,
  every: number,
  known: Known | null,
  signal: AbortSignal,
  found: (suspicions: readonly Suspicion[], seen: Seen) => Promise<void>,
  progress: (what: string) => void,
): Promise<never> {
  const suspects = watcher(known)
  const kept = new Map<string, Buffer>()
  for (let n = 0; ; n++) {
    try {
      if (known === null && n % LEARN_EVERY === 0)
        suspects.learn(chargeProfile(await endpoint.whole(`profile?seconds=${LEARN}`, LEARN)))
      const dump = await endpoint.whole('goroutine?debug=2')
      const heap = await endpoint.whole('heap?gc=1')
      remember(kept, n, dump, heap)
      const now = suspects.look({ goroutines: goroutinesIn(dump.toString('utf8')), heap: chargeProfile(heap) })
      progress(`look ${n + 1}`)
      if (now.length > 0) await found(now, kept)
    } catch (error) {
      if (signal.aborted) throw new Interrupted()
      if (n === 0 || !(error instanceof UserError || error instanceof NoProfile)) throw error
      progress(`look ${n + 1}: ${error.message}`)
    }
    await sleep(every, undefined, { signal }).catch(() => undefined)
    if (signal.aborted) throw new Interrupted()
  }
}

/** Looks between two processor profiles, and the seconds of one. */
const LEARN_EVERY = 10
const LEARN = 1
const KEPT = 4

/** The first heap profile and the last ones, the last dumps. */
function remember(kept: Map<string, Buffer>, n: number, dump: Buffer, heap: Buffer): void {
  const name = (number: number): string => String(number).padStart(6, '0')
  kept.set(`look-${name(n)}-goroutines.txt`, dump)
  kept.set(`look-${name(n)}-heap.pb.gz`, heap)
  kept.delete(`look-${name(n - KEPT)}-goroutines.txt`)
  if (n > KEPT) kept.delete(`look-${name(n - KEPT)}-heap.pb.gz`)
}
