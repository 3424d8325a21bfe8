/** Ways on which a map gets out of its package's hands, with those on which it is written: a test reads what it is handed, and meets the writers. */
import { type Use, useRange } from '../analysis/maps.js'
import type { Range } from '../types.js'
import { type Route, routesOf } from './routes.js'

/** Writers that are tried. */
const WRITERS = 4

/** A function that returns the map, at that place, and one that writes it; both in one package, the likeliest first. */
export function handOuts(uses: readonly Use[], at: Range): (readonly [out: Route, write: Route])[] {
  const isAt = ({ file, start, end }: Range): boolean => file === at.file && start === at.start && end === at.end
  const outs = uses.filter((use) => isAt(useRange(use))).flatMap((use) => calls(use, 1))
  const writes = uses
    .filter(({ ev, depth }) => ev.write && depth === 0 && ev.op !== 'init')
    .flatMap((use) => calls(use, 2))
  const entries = new Map(writes.sort((a, b) => a.cost - b.cost).map((route) => [route.entry, route] as const))
  return outs
    .slice(0, 1)
    .flatMap((out) =>
      [...entries.values()]
        .filter(({ entry }) => entry.pkg === out.entry.pkg && entry !== out.entry)
        .map((write) => [out, write] as const),
    )
    .slice(0, WRITERS)
}

function calls({ contexts }: Use, most: number): Route[] {
  return contexts.flatMap((context) =>
    routesOf(context)
      .filter(({ runs }) => runs === 'call')
      .slice(0, most),
  )
}
