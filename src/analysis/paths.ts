import type { ObjectFacts, PackageFacts, Path, PathRef, Val } from '../facts.js'
import { type CallEv, type Fn, objectAt, type Program, pathAt, underlying } from './program.js'
import { dominates, flowOf, type Site } from './walk.js'

/**
 * A path whose root has a name in the whole program, so that paths of different functions can be compared.
 * root: "o:KEY" a local, parameter or receiver; "g:KEY" a package variable; "c:FN#N/I" result I of call N; "fresh"; "?" unknown.
 * steps: field keys, "[text]", "*range", "<-".
 */
export interface AbsPath {
  readonly root: string
  readonly steps: readonly string[]
}

/** A value that cannot be followed. */
export const unknownPath: AbsPath = { root: '?', steps: [] }

/** A value given to a local or package variable. */
export interface Def {
  readonly fn: Fn
  readonly v: Val
  readonly site: Site
}

/** A variable, parameter or field of the program. */
export interface KnownObject {
  readonly pkg: PackageFacts // whose tables the facts index
  /** Of locals and parameters: the innermost function or literal that declares them. */
  readonly fn: Fn | null
  readonly facts: ObjectFacts
}

/** Names for what functions touch, and what they stand for. */
export interface Paths {
  /** The path as written: its root is the variable that the source names. */
  raw(fn: Fn, ref: PathRef): AbsPath
  /** The path with locals that hold one value replaced by it (`l := &s.mu`, `sh := s.shards[i]`), getters seen through. */
  resolve(fn: Fn, ref: PathRef): AbsPath
  resolveVal(fn: Fn, v: Val): AbsPath
  resolveAbs(path: AbsPath): AbsPath
  /** Every path that a local may stand for, where it is given several (`m := s.a; if x { m = s.b }`); else what it resolves to. */
  sources(fn: Fn, ref: PathRef): readonly AbsPath[]
  /** The same at a site that some of what the local is given does not reach (`m := s.a; …; m = make(…)`); null where all of it does. */
  sourcesAt(site: Site, ref: PathRef): readonly AbsPath[] | null
  defs(objectKey: string): readonly Def[]
  object(key: string): KnownObject | undefined
  call(fn: Fn, n: number): CallEv | undefined
  /** The body that a call is known to reach. */
  callee(fn: Fn, n: number): Fn | undefined
  /** Whether a value is a new object each time: a literal, or what a function returns that makes one, whoever else may know of it. */
  isMade(fn: Fn, v: Val): boolean
  /** What result i of a function may be, one value per return statement; null when some return can't be read. */
  returns(fn: Fn, i: number): readonly Val[] | null
}

/** Indexes variables, their values and calls, so that paths of different functions can be compared. */
export function buildPaths(program: Program): Paths {
  const defs = new Map<string, Def[]>()
  const objects = new Map<string, KnownObject>()
  const calls = new Map<Fn, Map<number, CallEv>>()
  for (const pkg of program.packages) {
    for (const facts of pkg.objects) {
      if (facts.file < 0 && objects.has(facts.key)) continue
      objects.set(facts.key, { pkg, fn: facts.func === undefined ? null : program.fn(pkg, facts.func), facts })
    }
    for (const fn of program.fns(pkg)) {
      const byNumber = new Map<number, CallEv>()
      for (const site of flowOf(fn).sites) {
        const { ev } = site
        if (ev.k === 'call') byNumber.set(ev.n, ev)
        const at =
          ev.k === 'set' ? ev.to : ev.k === 'acc' && (ev.op === 'init' || ev.op === 'replace') ? ev.p : undefined
        const v = ev.k === 'set' || ev.k === 'acc' ? ev.v : undefined
        if (at === undefined || (ev.k === 'set' && ev.star)) continue
        const path = pathAt(pkg, at)
        if (path.length !== 1 || typeof path[0] !== 'number') continue
        const { key } = objectAt(pkg, path[0])
        const compound = ev.k === 'set' && ev.op !== undefined && ev.op !== '=' && ev.op !== ':='
        const def: Def = { fn, v: v && !compound ? v : { k: 'other', t: -1 }, site }
        const known = defs.get(key)
        if (known) known.push(def)
        else defs.set(key, [def])
      }
      calls.set(fn, byNumber)
    }
  }

  const raw = (fn: Fn, ref: PathRef): AbsPath => absolute(fn, pathAt(fn.pkg, ref))
  const roots = new Map<string, AbsPath | null>()
  const resolveAt = (path: AbsPath): AbsPath => {
    if (!path.root.startsWith('o:') && !path.root.startsWith('c:')) return path
    let at = roots.get(path.root)
    if (at === undefined) {
      // What is asked for while it is being found (x = x.next) stands for itself.
      roots.set(path.root, null)
      at = path.root.startsWith('o:') ? localValue(path.root) : getter(path.root)
      if (at && path.root.startsWith('o:')) at = copied(objects.get(path.root.slice(2)), at)
      roots.set(path.root, at)
    }
    return at ? { root: at.root, steps: [...at.steps, ...path.steps] } : path
  }
  /** The one path that a local is given, wherever it is given anything. */
  const localValue = (root: string): AbsPath | null => {
    const key = root.slice(2)
    const given = defs.get(key)
    if (objects.get(key)?.facts.kind !== 'local' || !given || given.length === 0) return null
    let only: AbsPath | null = null
    for (const def of given) {
      if (def.v.k === 'nil') continue
      // A list that the function gathers stands for itself.
      if (def.v.k === 'call' && calls.get(def.fn)?.get(def.v.n)?.callee.k === 'builtin') return null
      const from = source(def.fn, def.v)
      // `inner, ok := m[k]; if !ok { inner = make(…); m[k] = inner }`: the fresh one is stored where the other came from.
      if (from.root === 'fresh') continue
      if (from.root === '?' || from.root === root || (only && !samePath(only, from))) return null
      if (def.v.k === 'call' && makes(def.fn, def.v.n, def.v.i)) continue
      only = from
    }
    return only
  }
  const source = (fn: Fn, v: Val): AbsPath => {
    if (v.k === 'path') return resolveAt(raw(fn, v.p))
    if (v.k === 'call') {
      const call = calls.get(fn)?.get(v.n)
      const [grown] = call?.callee.k === 'builtin' && call.callee.name === 'append' ? call.args : []
      return grown ? source(fn, grown) : resolveAt({ root: `c:${fn.facts.key}#${v.n}/${v.i}`, steps: [] })
    }
    return v.k === 'fresh' ? { root: 'fresh', steps: [] } : unknownPath
  }
  const makers = new Map<string, boolean>()
  /** Whether what a call returns is an object of the callee's own making, whoever else may know it: the variable that is given it names it. */
  const makes = (caller: Fn, n: number, i: number): boolean => {
    const { callee } = calls.get(caller)?.get(n) ?? {}
    const fn = callee?.k === 'func' ? program.funcs.get(callee.key) : undefined
    if (!fn) return false
    const id = `${fn.facts.key}/${i}`
    const known = makers.get(id)
    if (known !== undefined) return known
    makers.set(id, false)
    const vals = (returns(fn, i) ?? []).filter((v) => v.k !== 'nil')
    const is = vals.length > 0 && vals.every((v) => isMade(fn, v))
    makers.set(id, is)
    return is
  }
  const isMade = (fn: Fn, v: Val): boolean => {
    if (v.k === 'call') return makes(fn, v.n, v.i)
    if (v.k !== 'path') return v.k === 'fresh' || v.k === 'const'
    const { root, steps } = raw(fn, v.p)
    const local = steps.length === 0 && root.startsWith('o:') ? objects.get(root.slice(2)) : undefined
    if (local?.fn !== fn || !/^(local|result)$/.test(local.facts.kind)) return false
    const given = (defs.get(local.facts.key) ?? []).filter((def) => def.v.k !== 'nil')
    return given.length > 0 && given.every((def) => def.v.k !== 'path' && isMade(def.fn, def.v))
  }
  /** What a call returns, if its callee always returns one path of its receiver, of a parameter, or of a package variable. */
  const getter = (root: string): AbsPath | null => {
    const m = /^c:(.*)#(\d+)\/(\d+)$/.exec(root)
    if (!m) return null
    const fn = program.funcs.get(m[1] ?? '')
    const call = fn && calls.get(fn)?.get(Number(m[2]))
    if (!fn || call?.callee.k !== 'func') return null
    const callee = program.funcs.get(call.callee.key)
    const vals = callee && returns(callee, Number(m[3]))
    if (!callee || !vals || vals.length === 0) return null
    const given = vals.filter((v) => v.k !== 'nil')
    const sources = given.map((v) => source(callee, v))
    const [first] = sources
    if (!first || !sources.every((s) => samePath(s, first))) return null
    const at = given.every((v) => isTakenOut(callee, v, first)) ? handed(first) : first
    const type = callee.facts.resultTypes[Number(m[3])]
    const copy = type !== undefined && isStruct(callee.pkg, type) && at.steps.at(-1) !== COPY
    return toCaller(callee, fn, call, copy ? { root: at.root, steps: [...at.steps, COPY] } : at)
  }
  /** Whether the function puts something else in the place that the value came from: `all := q.all; q.all = nil; return all`. */
  const isTakenOut = (fn: Fn, v: Val, from: AbsPath): boolean => {
    if (v.k !== 'path' || from.steps.length === 0) return false
    const local = raw(fn, v.p)
    const defs = local.steps.length === 0 && local.root.startsWith('o:') ? (defsOf(local) ?? []) : []
    const last = Math.max(...defs.map(({ site }) => site.n))
    if (defs.length === 0 || defs.some((def) => def.fn !== fn || def.v.k === 'fresh')) return false
    return flowOf(fn).sites.some(({ ev, n }) => {
      if (n <= last) return false
      if (ev.k !== 'set' && !(ev.k === 'acc' && ev.op === 'replace')) return false
      const to = resolveAt(raw(fn, ev.k === 'set' ? ev.to : ev.p))
      return (ev.v?.k === 'nil' || ev.v?.k === 'fresh') && samePath(to, from)
    })
  }
  const defsOf = (path: AbsPath): readonly Def[] | undefined => defs.get(path.root.slice(2))
  const handed = ({ root, steps }: AbsPath): AbsPath => ({ root, steps: [...steps, '<-'] })
  const toCaller = (callee: Fn, fn: Fn, call: CallEv, path: AbsPath): AbsPath | null => {
    if (path.root.startsWith('g:')) return path
    const arg = argumentFor(callee, call, path.root)
    if (!arg) return null
    const at = source(fn, arg)
    return at.root === '?' || at.root === 'fresh' ? null : { root: at.root, steps: [...at.steps, ...path.steps] }
  }
  const returned = new Map<string, readonly Val[] | null>()
  const returns = (fn: Fn, i: number): readonly Val[] | null => {
    const id = `${fn.pkg.id} ${fn.facts.key}/${i}`
    const known = returned.get(id)
    if (known !== undefined) return known
    const vals: Val[] = []
    let bare = false
    for (const { ev } of flowOf(fn).sites) {
      if (ev.k !== 'return') continue
      const v = ev.vals[i]
      const only = ev.vals[0]
      if (v) vals.push(v)
      else if (ev.vals.length === 1 && only?.k === 'call') vals.push({ ...only, i })
      else bare = true
    }
    const named = fn.facts.results[i]
    if (bare && named !== undefined && named >= 0)
      for (const def of defs.get(objectAt(fn.pkg, named).key) ?? []) vals.push(def.v)
    const all = fn.facts.body[1] === 0 ? null : vals
    returned.set(id, all)
    return all
  }
  return {
    raw,
    resolve: (fn, ref) => resolveAt(raw(fn, ref)),
    resolveVal: (fn, v) => source(fn, v),
    resolveAbs: (path) => resolveAt(path),
    sources(fn, ref) {
      const path = resolveAt(raw(fn, ref))
      if (!path.root.startsWith('o:') || objects.get(path.root.slice(2))?.facts.kind !== 'local') return [path]
      const variable = objects.get(path.root.slice(2))
      const given = (defs.get(path.root.slice(2)) ?? []).map((def) => copied(variable, source(def.fn, def.v)))
      const named = given.filter((s) => /^[og]:/.test(s.root) && s.root !== path.root)
      const distinct = new Map(named.map((s) => [pathId(s), { root: s.root, steps: [...s.steps, ...path.steps] }]))
      return distinct.size > 0 ? [...distinct.values()] : [path]
    },
    sourcesAt(site, ref) {
      const path = raw(site.fn, ref)
      const variable = path.root.startsWith('o:') ? objects.get(path.root.slice(2)) : undefined
      if (variable?.facts.kind !== 'local') return null
      const given = defs.get(path.root.slice(2)) ?? []
      const live = reaching(given, site)
      if (live.length === given.length) return null
      const named = live.map((def) => copied(variable, source(def.fn, def.v)))
      return named.map((s) => (/^[og]:/.test(s.root) ? { root: s.root, steps: [...s.steps, ...path.steps] } : path))
    },
    defs: (key) => defs.get(key) ?? [],
    object: (key) => objects.get(key),
    call: (fn, n) => calls.get(fn)?.get(n),
    callee(fn, n) {
      const callee = calls.get(fn)?.get(n)?.callee
      return callee?.k === 'func' ? program.funcs.get(callee.key) : undefined
    },
    isMade,
    returns,
  }
}

/** Those of a local's values that may be in it at the site: what is given to it later on every way there takes their place. */
function reaching(given: readonly Def[], site: Site): readonly Def[] {
  const kills = given.filter((def) => dominates(def.site, site) && def.fn === site.fn)
  return given.filter((def) => def.fn !== site.fn || !kills.some((kill) => kill.site.n > def.site.n))
}

/** The argument (or receiver) of a call that becomes the parameter which is the root of a path of the callee. */
export function argumentFor(callee: Fn, call: CallEv, root: string): Val | null {
  const { facts, pkg } = callee
  if (facts.recv !== undefined && root === `o:${objectAt(pkg, facts.recv).key}`) {
    if (call.recv) return call.recv
    return call.callee.k === 'value' && call.callee.v.k === 'func' ? (call.callee.v.recv ?? null) : null
  }
  const i = facts.params.findIndex((param) => param >= 0 && root === `o:${objectAt(pkg, param).key}`)
  if (i < 0 || (facts.variadic && i === facts.params.length - 1)) return null
  return call.args[i] ?? null
}

/** The step from a struct to its copy: a value that was assigned, returned or passed. */
const COPY = '='

/** The path that a variable is given; with a step more where the variable is a struct, and so a copy. */
export function copied(variable: KnownObject | undefined, at: AbsPath): AbsPath {
  if (!variable || !isStruct(variable.pkg, variable.facts.type) || at.root === 'fresh' || at.root === '?') return at
  return at.steps.at(-1) === COPY ? at : { root: at.root, steps: [...at.steps, COPY] }
}

/** Whether what the path names is a part of a copy itself: not what a pointer, map or slice in the copy leads to. */
export function isInCopy(paths: Paths, { steps }: AbsPath): boolean {
  const from = steps.lastIndexOf(COPY)
  if (from < 0) return false
  return steps.slice(from + 1, -1).every((step) => {
    const field = paths.object(step)
    return field !== undefined && isStruct(field.pkg, field.facts.type)
  })
}

function isStruct(pkg: PackageFacts, ref: number): boolean {
  return underlying(pkg, ref).kind === 'struct'
}

/** Whether the path leads to (a part of) an element that a range statement takes. */
export function isElement({ steps }: AbsPath): boolean {
  return steps.slice(0, steps.findLastIndex(isField)).includes('*range')
}

/** Whether two paths are written the same. */
export function samePath(a: AbsPath, b: AbsPath): boolean {
  return a.root === b.root && a.steps.length === b.steps.length && a.steps.every((step, i) => step === b.steps[i])
}

/** A text that is the same for the same path only. */
export function pathId(path: AbsPath): string {
  return [path.root, ...path.steps].join('|')
}

/** The key of what the path names, indices left out: that of its last field, or of its root variable; "" if there is none. */
export function targetKey(path: AbsPath): string {
  const field = [...path.steps].reverse().find(isField)
  return field ?? (/^[og]:/.test(path.root) ? path.root.slice(2) : '')
}

/** Whether a step is a field, not an index, a receive or an assertion. */
export function isField(step: string): boolean {
  return !(
    step.startsWith('[') ||
    step.startsWith('*') ||
    step.startsWith('<') ||
    step.startsWith('.(') ||
    step === COPY
  )
}

function absolute(fn: Fn, [root, ...steps]: Path): AbsPath {
  const at = steps.map((step) => (typeof step === 'number' ? objectAt(fn.pkg, step).key : step))
  if (typeof root === 'number') {
    const object = objectAt(fn.pkg, root)
    return { root: `${object.kind === 'package' ? 'g' : 'o'}:${object.key}`, steps: at }
  }
  if (root.startsWith('call:')) {
    const [n, i] = root.slice(5).split('/')
    return { root: `c:${fn.facts.key}#${n}/${i ?? 0}`, steps: at }
  }
  return { root: root === 'fresh' ? 'fresh' : '?', steps: at }
}
