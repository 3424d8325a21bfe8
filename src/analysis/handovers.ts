/** What is sent over channels by those who keep it: the same again and again, or a map that stays where it was. */
import type { Val } from '../facts.js'
import type { Callers } from './callers.js'
import type { Freshness } from './freshness.js'
import { push } from './multimap.js'
import type { Orders } from './order.js'
import { type AbsPath, argumentFor, type Paths, samePath } from './paths.js'
import type { Program } from './program.js'
import { flowOf, type Site, shareLoop } from './walk.js'

export interface HandOvers {
  /** Whether anything that has a name is sent at all. */
  readonly any: boolean
  /** Whether one object is sent over the channel (by its key) more than once. */
  again(channel: string): boolean
  /** Where maps, and other values, that are sent over the channel (by its key) live while they are sent. */
  sent(channel: string): readonly AbsPath[]
}

interface Sending {
  readonly site: Site
  readonly v: Val
  readonly channel: AbsPath
}

/** Functions that send what they are given are looked through so far. */
const MAX_DEPTH = 2

/** Reads the sends of a program, and the calls of functions that send what they are given. */
export function buildHandOvers(
  program: Program,
  paths: Paths,
  callers: Callers,
  freshness: Freshness,
  orders: Orders,
): HandOvers {
  const repeated = new Set<string>()
  const places = new Map<string, AbsPath[]>()
  let any = false
  const keysOf = ({ channel }: Sending): readonly string[] => [...orders.keys([channel])]
  const note = (sending: Sending, depth: number): void => {
    const { site, v } = sending
    if (v.k !== 'path') return
    const raw = paths.raw(site.fn, v.p)
    const object = raw.steps.length === 0 && raw.root.startsWith('o:') ? paths.object(raw.root.slice(2)) : undefined
    const isParam = object?.fn === site.fn && object.facts.kind === 'param'
    if (isParam) {
      for (const caller of depth < MAX_DEPTH ? callers.of(site.fn) : []) {
        if (caller.how !== 'call' || caller.site.fn.facts.test) continue
        const arg = argumentFor(site.fn, caller.call, raw.root)
        const over = argumentFor(site.fn, caller.call, sending.channel.root)
        const base = over ? paths.resolveVal(caller.site.fn, over) : undefined
        const channel = base ? { root: base.root, steps: [...base.steps, ...sending.channel.steps] } : sending.channel
        if (arg) note({ site: caller.site, v: arg, channel }, depth + 1)
      }
      return
    }
    any = true
    const own =
      object?.facts.kind === 'local' &&
      (freshness.isMadeHere(object.facts.key) || paths.resolve(site.fn, v.p).root === raw.root)
    const place = own ? raw : paths.resolve(site.fn, v.p)
    const renewed = isRenewed(paths, site, place)
    for (const key of keysOf(sending)) {
      if (!renewed) push(places, key, place)
      if (!renewed && object && isSentAgain(paths, site, object.facts.key)) repeated.add(key)
    }
  }
  for (const pkg of program.packages) {
    for (const fn of program.fns(pkg)) {
      if (fn.facts.test) continue
      for (const site of flowOf(fn).sites)
        if (site.ev.k === 'chansend') note({ site, v: site.ev.v, channel: paths.resolve(fn, site.ev.p) }, 0)
    }
  }
  return { any, again: (key) => repeated.has(key), sent: (key) => places.get(key) ?? [] }
}

/** Whether the place is given something else once the send is over: the sender lets go of what it sent. */
function isRenewed(paths: Paths, send: Site, place: AbsPath): boolean {
  return flowOf(send.fn).sites.some(({ ev, n, blocks }) => {
    const to = ev.k === 'set' ? ev.to : ev.k === 'acc' && ev.op === 'replace' ? ev.p : undefined
    if (to === undefined || n <= send.n || !blocks.every((block, i) => send.blocks[i] === block)) return false
    return samePath(paths.raw(send.fn, to), place) || samePath(paths.resolve(send.fn, to), place)
  })
}

/** Whether a loop sends what the variable holds in each turn, the same all along. */
function isSentAgain(paths: Paths, send: Site, key: string): boolean {
  const defs = paths.defs(key).filter(({ site }) => site.fn === send.fn)
  return send.loops.length > 0 && !defs.some(({ site }) => shareLoop(site, send) || isOfTurn(site, send))
}

/** Whether the variable is one of a range statement around the send. */
function isOfTurn({ stmt }: Site, { ev }: Site): boolean {
  return stmt.k === 'range' && stmt.block.span[0] <= ev.span[0] && ev.span[1] <= stmt.block.span[1]
}
