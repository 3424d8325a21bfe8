import type { Access, LockMode, Range, SharedMap } from '../types.js'
import type { Context } from './contexts.js'
import { mapsIn } from './elements.js'
import type { Engine } from './engine.js'
import { push } from './multimap.js'
import { isOfOwnCopy } from './owncopies.js'
import { type AbsPath, isField, type KnownObject, pathId, targetKey } from './paths.js'
import { spanRange } from './positions.js'
import type { AccessEv, Fn } from './program.js'
import { stdEffect } from './stdlib.js'
import { flowOf, type Site } from './walk.js'
import { contextsOf } from './ways.js'

/** An access as the analysis sees it: the event, where it stands, and what it touches. */
export interface Use {
  readonly fn: Fn
  readonly ev: AccessEv
  readonly site: Site
  readonly map: AbsPath
  /** Indices between the map named and the one touched. */
  readonly depth: number
  readonly alias: boolean
  readonly variable: LockMode | null
  readonly contents: LockMode | null
  readonly contexts: readonly Context[]
}

/** A map and every use that was traced to it. */
export interface MapUses {
  readonly key: string
  readonly object: KnownObject
  readonly uses: readonly Use[]
}

/** Where an access stands: the whole of it. */
export function useRange({ fn, site, ev }: Use): Range {
  return spanRange({ fn, stmt: site.stmt }, ev.span)
}

/** The access of the map that a use became. */
export function accessOf({ accesses }: SharedMap, { ev, fn }: Use): Access | undefined {
  return accesses.find((access) => access.event === ev && access.func === fn.facts)
}

/** What an access does to the map variable and to the map's contents: two locations (algorithms.md, "Two locations"). */
export function touches(ev: AccessEv, alias: boolean): { variable: LockMode | null; contents: LockMode | null } {
  if (ev.op === 'replace' || ev.op === 'init') return { variable: alias ? null : 'w', contents: null }
  const variable = alias ? null : ('r' as const)
  if (ev.on === 'contents') return { variable, contents: ev.write ? 'w' : 'r' }
  if (ev.op === 'read' && ev.use === 'call' && ev.callee) {
    const effect = stdEffect(ev.callee)?.maps[ev.arg ?? -1]
    if (effect) return { variable, contents: effect === 'write' ? 'w' : 'r' }
  }
  return { variable, contents: null }
}

/**
 * All maps of the program with every use that can be traced to them: package variables, fields, and locals that more than one function
 * sees. Uses of a parameter belong to the maps that callers pass.
 */
export function collectMaps(engine: Engine): ReadonlyMap<string, MapUses> {
  const { program, paths } = engine
  const direct = new Map<string, { fn: Fn; ev: AccessEv; site: Site; map: AbsPath; alias: boolean }[]>()
  const floating: { fn: Fn; ev: AccessEv; site: Site; map: AbsPath }[] = []
  for (const pkg of program.packages) {
    for (const fn of program.fns(pkg)) {
      for (const site of flowOf(fn).sites) {
        if (site.ev.k !== 'acc') continue
        const raw = paths.raw(fn, site.ev.p)
        const resolved = paths.resolve(fn, site.ev.p)
        // A local that is given several maps is each of them, and a variable of its own.
        const all = paths.sourcesAt(site, site.ev.p) ?? [resolved, ...paths.sources(fn, site.ev.p)]
        const sources = new Map(all.map((map) => [pathId(map), map]))
        for (const map of sources.values()) {
          const use = { fn, ev: site.ev, site, map, alias: targetKey(raw) !== targetKey(map) }
          const object = identity(engine, map)
          if (object) push(direct, object.facts.key, use)
          else if (isParameter(engine, map)) floating.push(use)
        }
      }
    }
  }
  const written = new Map<string, Use[]>()
  for (const [key, uses] of direct) {
    if (!worthwhile(engine, key, uses)) continue
    for (const use of uses) push(written, key, withContexts(engine, use))
  }
  const passed = new Map<string, Use[]>()
  for (const use of floating) {
    const byKey = new Map<string, Context[]>()
    const byParam = new Map<string, Context[]>()
    for (const context of contextsOf(engine, use.site, use.map)) {
      const object = identity(engine, context.map)
      if (object) push(byKey, object.facts.key, context)
      else if (context.param) push(byParam, context.param, context)
    }
    const seen = (contexts: readonly Context[]): Use => {
      const map = contexts[0]?.map ?? use.map
      return { ...use, map, depth: depthOf(map), alias: true, ...touches(use.ev, true), contexts }
    }
    for (const [key, contexts] of byKey) {
      const known = direct.get(key)
      if (!known) continue
      // The map may have looked read-only until now.
      if (!written.has(key)) for (const d of known) push(written, key, withContexts(engine, d))
      push(written, key, seen(contexts))
    }
    for (const [key, contexts] of byParam) push(passed, key, seen(contexts))
  }
  for (const [key, uses] of passed) if (startedOn(uses)) written.set(key, uses)
  const maps = new Map<string, MapUses>()
  for (const key of [...new Set([...direct.keys(), ...written.keys()])].sort()) {
    const object = paths.object(key)
    if (object)
      maps.set(key, {
        key,
        object,
        uses:
          written.get(key) ??
          (direct.get(key) ?? []).map((use) => ({
            ...use,
            depth: depthOf(use.map),
            ...touches(use.ev, use.alias),
            contexts: [],
          })),
      })
  }
  return maps
}

function withContexts(engine: Engine, use: { fn: Fn; ev: AccessEv; site: Site; map: AbsPath; alias: boolean }): Use {
  // An alias is judged where it stands: a local that took the map over owns it.
  const raw = engine.paths.raw(use.fn, use.ev.p)
  const at = (use.alias && isOwn(engine, use, raw)) || isOfOwnCopy(engine, use.fn, use.site, raw)
  const contexts = at
    ? contextsOf(engine, use.site, { root: 'fresh', steps: [] })
    : contextsOf(engine, use.site, use.map)
  return { ...use, depth: depthOf(use.map), ...touches(use.ev, use.alias), contexts }
}

/** Whether the root of a path is a local that took the map over, or what a call handed over: `for k := range s.take()`. */
function isOwn({ freshness, paths }: Engine, { fn, site }: { fn: Fn; site: Site }, { root, steps }: AbsPath): boolean {
  if (root.startsWith('o:')) return paths.object(root.slice(2))?.fn === fn && freshness.ownedAt(root.slice(2), site)
  const [, n, i] = /^c:.*#(\d+)\/(\d+)$/.exec(root) ?? []
  const call = n === undefined || steps.length > 0 ? undefined : paths.call(fn, Number(n))
  return call !== undefined && freshness.isNew(fn, call, Number(i))
}

/** Maps that nothing writes, and locals that only their own function sees, need no look at their callers. */
function worthwhile(engine: Engine, key: string, uses: readonly { fn: Fn; ev: AccessEv; alias: boolean }[]): boolean {
  const object = engine.paths.object(key)
  if (!object) return false
  const writes = uses.some(
    (use) =>
      use.ev.op !== 'init' &&
      (touches(use.ev, use.alias).contents === 'w' || touches(use.ev, use.alias).variable === 'w'),
  )
  if (object.facts.kind === 'field' || object.facts.kind === 'package') return writes
  return writes && uses.some((use) => use.fn !== object.fn)
}

/** Whether a map that came as an argument is written, and used by a goroutine that was started with it. */
function startedOn(uses: readonly Use[]): boolean {
  return (
    uses.some((use) => use.contents === 'w') &&
    uses.some((use) => use.contexts.some((c) => c.spawn || c.root === 'joined'))
  )
}

/** Kinds of variables that have a map of their own; parameters have their callers'. */
const HOLDERS: ReadonlySet<string> = new Set(['package', 'local', 'result'])

/** The map variable that a path leads to; undefined for parameters, elements of channels, and what has no name. */
function identity(engine: Engine, path: AbsPath): KnownObject | undefined {
  const key = targetKey(path)
  const after = key && path.steps.includes(key) ? path.steps.slice(path.steps.lastIndexOf(key) + 1) : path.steps
  if (!key || after.includes('<-')) return undefined
  const object = engine.paths.object(key)
  if (!object || (after.length === path.steps.length && !HOLDERS.has(object.facts.kind))) return undefined
  const maps = mapsIn(object)
  return maps === 'one' || (maps === 'elements' && after.length > 0) ? object : undefined
}

function isParameter(engine: Engine, path: AbsPath): boolean {
  if (path.steps.some(isField) || !path.root.startsWith('o:')) return false
  const kind = engine.paths.object(path.root.slice(2))?.facts.kind
  return kind === 'param' || kind === 'receiver'
}

function depthOf(path: AbsPath): number {
  const last = path.steps.findLastIndex(isField)
  return path.steps.slice(last + 1).length
}
