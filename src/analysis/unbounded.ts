import type { Access, Confidence, SharedMap } from '../types.js'
import type { Context } from './contexts.js'
import type { Engine } from './engine.js'
import type { Judged } from './findings.js'
import { type AccessEv, objectAt, typeAt } from './program.js'
import { type Origin, requestOrigin } from './requests.js'
import { flowOf, type Site } from './walk.js'
import { contextsOf } from './ways.js'

/** A map that requests fill, and nothing empties. */
export interface GrowingMap {
  readonly map: SharedMap
  readonly insert: Access
  readonly confidence: Confidence
}

/** The shared maps into which handlers put an entry for whatever a client sends, with no delete, clear, replacement or limit anywhere. */
export function growingMaps(engine: Engine, judged: readonly Judged[]): readonly GrowingMap[] {
  return judged.flatMap(({ map, shared }) => {
    if (!shared || map.kind === 'local' || map.escapes.length > 0 || !onlyGrows(map)) return []
    const found = map.accesses.flatMap((access) => growthAt(engine, map, access) ?? [])
    return found
      .filter(({ confidence }) => confidence === 'likely')
      .concat(found)
      .slice(0, 1)
  })
}

function onlyGrows({ accesses }: SharedMap): boolean {
  return accesses.every(
    ({ op, write, exclusive, func, depth }) =>
      depth > 0 ||
      (!(op === 'delete' || op === 'clear') &&
        !(op === 'replace' && !exclusive && !func.test) &&
        // A length is looked at where there is a limit; a map that is passed on may lose entries there.
        !(op === 'len' && !func.test) &&
        !(op === 'read' && write)),
  )
}

function growthAt(engine: Engine, map: SharedMap, access: Access): GrowingMap | null {
  const { op, depth, func, event, exclusive } = access
  if (op !== 'assign' || depth > 0 || func.test || exclusive || event.k !== 'acc' || event.keyConst) return null
  const fn = engine.program.funcs.get(func.key)
  const site = fn && flowOf(fn).at.get(event)
  if (!fn || !site || event.key === undefined || isEntryThere(site)) return null
  const path = engine.paths.resolve(fn, event.p)
  let best: Origin | null = null
  for (const way of contextsOf(engine, site, path)) {
    if (!isServed(way)) continue
    const origin = requestOrigin(engine, way, event.kv, event.key)
    if (origin === 'direct' && !way.dynamic && !way.lost) best = 'direct'
    // A number that the program makes of a request is a code, a flag or a version: there are few.
    else if (origin && isText(site, event)) best ??= 'derived'
  }
  return best && { map, insert: access, confidence: best === 'direct' ? 'likely' : 'possible' }
}

/** Requests come this way, and what they fill outlives them: it is not made for one of them. */
function isServed({ root, spawn, owned, map }: Context): boolean {
  return !owned && (root === 'handler' || spawn?.kind === 'handler') && (map.root !== 'fresh' || spawn !== null)
}

/** The insert stands where something was found under a key: then it adds none, or one that is known elsewhere. */
function isEntryThere({ known, fn }: Site): boolean {
  return known.some(
    ([ref, is]) => is && ref >= 0 && /^(ok|found|exists?|has|present|known|valid)/i.test(objectAt(fn.pkg, ref).name),
  )
}

function isText({ fn }: Site, { t }: AccessEv): boolean {
  const type = typeAt(fn.pkg, t)
  const map = type.kind === 'named' && type.under !== undefined ? typeAt(fn.pkg, type.under) : type
  const key = map.key === undefined ? undefined : typeAt(fn.pkg, map.key)
  const under = key?.kind === 'named' && key.under !== undefined ? typeAt(fn.pkg, key.under) : key
  return under?.basic === 'string'
}
