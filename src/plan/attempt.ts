/** One attempt to give a group of maps one lock: every function that touches them, and their declarations. */
import { type Fn, typeAt } from '../analysis/program.js'
import { fateOf } from '../analysis/spawners.js'
import type { Ev } from '../facts.js'
import type { Access, CompoundUse, Refusal, SharedMap, TextEdit } from '../types.js'
import type { FunctionPlan } from './draft.js'
import { planFunction } from './function.js'
import { promoteReadLock } from './guarding.js'
import { holdingOf } from './holding.js'
import { heldAround } from './joined.js'
import { type Lifted, type LiftedFns, lockGiven } from './lifted.js'
import { inTheWay, liftedCalls } from './lifting.js'
import { guardName, lacksGuard, writesUnderReadLock } from './locks.js'
import { planMethods } from './methods/function.js'
import { entangled } from './methods/tidy.js'
import type { AtomicMethod, Method } from './methods.js'
import { alwaysMade } from './nonnil.js'
import type { Nesting, Nestings } from './order.js'
import { openPage, type Page } from './page.js'
import { isRefusal, type Pass, refuse } from './pass.js'
import { type LockChoice, placeLock } from './place.js'
import { buildReach, functionsOf, type Reach, runBy } from './reach.js'
import { type Rest, respelled, valued } from './rest.js'
import type { Scene } from './scene.js'
import { depthOf, freshNames, type GivenNames, outOfScope } from './scope.js'
import { type LockPlace, lockAt } from './spell.js'
import { fnOf, Surroundings } from './surroundings.js'
import { type Touch, touchesOf } from './touches.js'
import { funcTree } from './tree.js'
import { liftedEdits, twinCall } from './twin.js'
import { typeText } from './types.js'

export interface GroupPlan {
  readonly edits: readonly TextEdit[]
  readonly methods: ReadonlySet<Method>
  readonly compound: readonly CompoundUse[]
  /** The lock, as its declaration names it; "" in a wrapper. */
  readonly lock: string
  readonly nesting: Nesting
}

/** Plans once; `lifted` are the functions that run under the lock of their callers. */
export class Attempt {
  /** Functions that run under the lock of their callers. */
  readonly lifted: LiftedFns
  /** Those whose calls were in the way, and may be made such functions. */
  readonly candidates = new Set<Fn>()
  readonly #maps: readonly SharedMap[]
  readonly #choice: LockChoice
  readonly #pass: Pass
  readonly #nestings: Nestings
  readonly #given: readonly SharedMap[]
  readonly #earlier: GivenNames
  readonly #names: GivenNames = new Map()
  readonly #nesting: Nesting = { maps: new Set(), locks: false, under: false }
  readonly #pages = new Map<string, Page>()
  /** Calls that come to any access, and those that come to one without the lock. */
  readonly #reach: Reach
  readonly #lacking: Reach
  readonly #underLock = new Set<Ev>()
  readonly #edits: TextEdit[] = []
  readonly #methods = new Set<Method>()
  readonly #compound: CompoundUse[] = []
  readonly #rewritten = new Set<Ev>()
  readonly #renamed = new Set<Ev>()
  readonly #shards = new Map<Ev, string>()
  readonly #unnamed = new Map<Page, readonly string[]>()
  readonly #surroundings: Surroundings
  readonly #nonNil: ReadonlyMap<SharedMap, boolean>

  /** `given` are the maps as the run knows them. */
  constructor(
    maps: readonly SharedMap[],
    choice: LockChoice,
    pass: Pass,
    nestings: Nestings,
    given: readonly SharedMap[],
    earlier: GivenNames,
    lifted: LiftedFns,
  ) {
    this.lifted = lifted
    this.#earlier = earlier
    this.#nestings = nestings
    this.#given = given
    this.#maps = maps
    this.#choice = choice
    this.#pass = pass
    this.#reach = buildReach(pass.program, maps, (access) => !access.exclusive)
    this.#lacking =
      choice.style === 'guard' ? buildReach(pass.program, maps, (access) => this.#needs(access)) : this.#reach
    const guards = choice.style === 'guard' ? maps.flatMap(({ guard }) => (guard ? [guard.object.key] : [])) : []
    const bodies = new Set([...lifted.keys()].map(({ facts }) => facts))
    this.#surroundings = new Surroundings(
      pass.program,
      maps,
      guards,
      (access) => this.#needs(access) || (bodies.has(access.func) && !access.exclusive),
    )
    for (const access of maps.flatMap((map) => map.accesses))
      if (bodies.has(access.func)) this.#underLock.add(access.event)
    this.#nonNil = new Map(maps.map((map) => [map, alwaysMade(pass.program, map)]))
  }

  get reach(): Reach {
    return this.#reach
  }

  run(): GroupPlan | Refusal {
    const placed = placeLock(this.#maps, this.#choice, this.#pass.program, (path) => this.#page(path))
    if (isRefusal(placed)) return placed
    this.#edits.push(...placed.edits)
    if (this.#choice.style === 'methods') this.#edits.push(...(this.#choice.freed?.edits ?? []))
    const reversed = this.#surroundings.reversed()
    if (reversed) return reversed
    for (const fn of this.#functions()) {
      const refusal = this.#planFunction(fn, placed.place)
      if (refusal) return refusal
    }
    const rest = this.#rest()
    if (isRefusal(rest)) return rest
    this.#edits.push(...rest.edits)
    for (const method of rest.methods) this.#methods.add(method)
    for (const [fn, names] of this.#names) this.#earlier.set(fn, new Set([...names, ...(this.#earlier.get(fn) ?? [])]))
    const knot = this.#choice.style === 'methods' ? entangled(this.#edits) : null
    if (knot) return knot
    return {
      edits: this.#edits,
      methods: this.#methods,
      compound: this.#compound,
      lock: placed.lock,
      nesting: this.#nesting,
    }
  }

  /** The functions that touch the maps, or call in their package what does, those before the literals inside them. */
  #functions(): Fn[] {
    const found = new Map<Fn, number>()
    for (const map of this.#maps) {
      for (const access of map.accesses) {
        const fn = this.#fnOf(access)
        if (fn) found.set(fn, depthOf(this.#pass.program, fn))
      }
      for (const fn of this.#lacking.reaching(map)) {
        if (fn.pkg === map.pkg && !fn.facts.test) found.set(fn, depthOf(this.#pass.program, fn))
      }
    }
    return [...found].sort(([a, x], [b, y]) => x - y || (a.facts.key < b.facts.key ? -1 : 1)).map(([fn]) => fn)
  }

  #fnOf(access: Access): Fn | undefined {
    return fnOf(this.#pass.program, access)
  }

  #needs(access: Access): boolean {
    if (access.exclusive || access.op === 'init' || this.#underLock.has(access.event)) return false
    const guard = this.#maps.find((map) => map.accesses.includes(access))?.guard ?? null
    if (this.#choice.style !== 'guard' || guard === null) return true
    return lacksGuard(this.#pass.program, access, guard)
  }

  #planFunction(fn: Fn, place: LockPlace): Refusal | null {
    const { program } = this.#pass
    if (fn.facts.kind === 'varinit') {
      const inPlace = this.#choice.style === 'methods'
      const early = this.#maps
        .flatMap((map) => map.accesses)
        .find((access) => access.func === fn.facts && (this.#needs(access) || (inPlace && isUse(access))))
      return early ? refuse(early.range, 'a package variable is initialised with it') : null
    }
    const file = fn.pkg.files[fn.facts.file]
    if (file === undefined) throw new Error(`bug: ${fn.facts.key} has no file`)
    const page = this.#page(file.path)
    const text = ({ start, end }: { start: number; end: number }): string => page.slice([start, end])
    const promoted = this.#promote(fn, page)
    if (isRefusal(promoted)) return promoted
    const all = touchesOf(program, fn, this.#maps, this.#reach, (access) => this.#needs(access), text)
    if (this.#choice.style === 'methods') return this.#planMethods(fn, page, place, all)
    const own = this.lifted.get(fn)
    if (own) return this.#planLifted(fn, page, place, own, all)
    const touches = liftedCalls(
      program,
      fn,
      this.lifted,
      this.#reach,
      all.filter(
        ({ access }) =>
          access === null || (!access.exclusive && access.op !== 'init' && !this.#underLock.has(access.event)),
      ),
    )
    if (!touches.some((touch) => touch.needs) && (touches.length < 2 || fn.facts.test)) return null
    const hidden =
      place.where === 'variable' ? outOfScope(this.#pass.program, fn, place.name, this.#maps[0]?.guard ?? null) : null
    if (hidden !== null) return refuse({ file: file.path, start: fn.facts.span[0], end: fn.facts.body[0] }, hidden)
    const needy = touches.some((touch) => touch.needs)
    const guard = needy && this.#choice.style === 'guard' ? (this.#maps[0]?.guard ?? null) : null
    const held = guard === null ? null : heldAround(program, fn, guard.object.key)
    if (held !== null) return refuse({ file: file.path, start: fn.facts.span[0], end: fn.facts.body[0] }, held)
    const scene = this.#scene(fn, page, place, touches, touches)
    const plan = planFunction(scene)
    if (isRefusal(plan)) for (const callee of inTheWay(scene)) this.candidates.add(callee)
    // A test is one goroutine: where it cannot hold the lock it does without.
    if (isRefusal(plan))
      return fn.facts.test && touches.every(({ access }) => access === null || access.inTest) ? null : plan
    this.#take(scene, plan)
    return null
  }

  /** A function whose body runs under its callers' lock: what it calls has it, too. */
  #planLifted(fn: Fn, page: Page, place: LockPlace, lifted: Lifted, all: readonly Touch[]): Refusal | null {
    const touches = liftedCalls(this.#pass.program, fn, this.lifted, this.#reach, all)
    const other = touches.find((touch) => touch.kind === 'call' && touch.lifted === null)
    if (other)
      return refuse({ file: page.path, start: other.span[0], end: other.span[1] }, 'it would take the lock again')
    const scene = this.#scene(fn, page, place, touches, all)
    const edits = liftedEdits(
      scene,
      lifted,
      all.some((touch) => touch.changes || touch.write),
    )
    if (isRefusal(edits)) return edits
    this.#edits.push(...edits)
    this.#nestings.note(this.#nesting, this.#given, fn, fn.facts.stmts)
    for (const touch of touches) this.#callTwin(page, touch)
    return null
  }

  #callTwin(page: Page, { ev, lifted }: Touch): void {
    if (lifted === null || ev.k !== 'call' || this.#renamed.has(ev)) return
    this.#renamed.add(ev)
    this.#edits.push(...twinCall(page, ev.fun, lifted.by))
  }

  /** A test is one goroutine: what it does itself is alone, as is what happens before anyone else can look. */
  #planMethods(fn: Fn, page: Page, place: LockPlace, all: readonly Touch[]): Refusal | null {
    // The container is never replaced while shared, so that whether it is nil does not change either.
    const uses = all.filter(({ access }) => access?.op !== 'init' && !(access?.op === 'nil' && access.depth === 0))
    const own = fn.facts.test && fn.facts.kind === 'func'
    const isAlone = ({ access }: Touch): boolean => own || access?.exclusive === true
    const scene = this.#scene(
      fn,
      page,
      place,
      uses.filter((touch) => !isAlone(touch)),
      uses,
    )
    const plan = planMethods(scene, uses.filter(isAlone))
    if (isRefusal(plan)) return plan
    this.#take(scene, plan)
    this.#unnamed.set(page, [...(this.#unnamed.get(page) ?? []), ...plan.unnamed])
    return null
  }

  /** Writes under a read lock: the read lock becomes a write lock, which they then hold. */
  #promote(fn: Fn, page: Page): null | Refusal {
    if (this.#choice.style !== 'guard') return null
    for (const map of this.#maps) {
      const { guard } = map
      const writes = map.accesses.filter(
        (access) =>
          access.func === fn.facts && guard !== null && writesUnderReadLock(access, guard) && !access.exclusive,
      )
      const [first] = writes
      if (first === undefined || guard === null || this.#underLock.has(first.event)) continue
      const edits = promoteReadLock(this.#pass.program, fn, first, guard, page)
      if (isRefusal(edits)) return edits
      this.#edits.push(...edits)
      for (const other of this.#maps)
        for (const access of other.accesses)
          if (access.func === fn.facts && access.held.has(guardName(guard))) this.#underLock.add(access.event)
    }
    return null
  }

  #scene(fn: Fn, page: Page, place: LockPlace, touches: readonly Touch[], all: readonly Touch[]): Scene {
    const { program } = this.#pass
    const fresh = freshNames(program, fn, page, this.#earlier, this.#names)
    const { atomic = NONE, making = null } = this.#choice.style === 'methods' ? this.#choice : {}
    return {
      program,
      fn,
      tree: funcTree(fn),
      page,
      maps: this.#maps,
      place,
      kind: this.#choice.kind,
      touches,
      lockIn: (of) => this.#lockIn(of, place),
      lacks: ({ ev, map }) => ev.k === 'call' && this.#lacking.call(program, fn, ev, map) !== undefined,
      circular: (lock) => this.#surroundings.circular(lock),
      mayHold: (ev) => this.#surroundings.guards.some((key) => holdingOf(program).may(fn, ev, key)),
      nonNil: (map) => this.#nonNil.get(map) === true,
      heldInside: (touch) => this.#literalsOf(fn, touch) !== null,
      mapType: ({ ev }) =>
        ev.k === 'acc' && typeAt(fn.pkg, ev.t).kind === 'map' ? typeText(fn.pkg, fn.facts.file, ev.t) : null,
      all,
      atomic,
      section: (ev) => (this.#choice.style === 'methods' ? (this.#choice.freed?.sections.get(ev) ?? null) : null),
      making,
      shard: (first) => this.#shardName(first, fresh),
      fresh,
    }
  }

  #lockIn({ fn, names }: Lifted, place: LockPlace): string | Refusal {
    if (!('by' in names)) return lockAt(fn, names, place, this.#page(names.range.file).text)
    const inside = this.#lockIn(names.by, place)
    if (isRefusal(inside)) return inside
    const page = this.#page(fn.pkg.files[fn.facts.file]?.path ?? '')
    const given = lockGiven(fn, names.call, names.by, inside, page.slice)
    const [start, end] = names.call.span
    return given ?? refuse({ file: page.path, start, end }, 'what holds the map is not named here')
  }

  #shardName(first: Ev, fresh: Scene['fresh']): string {
    const known = this.#shards.get(first) ?? fresh(['shard', 'part', 'shard'])
    this.#shards.set(first, known)
    return known
  }

  /** The literals through which alone a call touches the maps, if it runs them in place and they call nothing that does. */
  #literalsOf(fn: Fn, { ev }: Touch): readonly Fn[] | null {
    const { program } = this.#pass
    if (ev.k !== 'call' || ev.mode !== 'call') return null
    const inPlace =
      ev.callee.k === 'value'
        ? ev.callee.v.k === 'lit'
        : ev.args.every((arg, i) =>
            arg.k === 'lit' ? fateOf(ev, i).how === 'now' : functionsOf(program, fn, arg).length === 0,
          )
    const bodies = runBy(program, fn, ev)
    if (!inPlace || bodies.some((body) => body.facts.kind !== 'literal' || body.facts.parent !== fn.index)) return null
    const quiet = bodies.every((body) =>
      touchesOf(
        program,
        body,
        this.#maps,
        this.#reach,
        () => true,
        () => '',
      ).every((touch) => touch.kind === 'access'),
    )
    return quiet ? bodies : null
  }

  #take(scene: Scene, plan: FunctionPlan): void {
    this.#nestings.note(this.#nesting, this.#given, scene.fn, plan.inside)
    this.#nesting.under ||= this.#surroundings.around().size > 0
    this.#edits.push(...plan.edits)
    this.#compound.push(...plan.compound)
    for (const method of plan.methods) this.#methods.add(method)
    for (const touch of plan.rewritten) this.#rewritten.add(touch.ev)
    for (const touch of plan.covered) {
      if (touch.kind !== 'call') continue
      this.#callTwin(scene.page, touch)
      const bodies = new Set((this.#literalsOf(scene.fn, touch) ?? []).map((body) => body.facts))
      for (const map of this.#maps)
        for (const access of map.accesses) if (bodies.has(access.func)) this.#underLock.add(access.event)
    }
  }

  /** What no function's plan has rewritten. */
  #rest(): Rest | Refusal {
    const page = (path: string): Page => this.#page(path)
    if (this.#choice.style === 'wrapper') return respelled(this.#maps, this.#rewritten, this.#choice.container, page)
    if (this.#choice.style === 'methods') return valued(this.#maps, this.#choice.making, this.#unnamed, page)
    return { edits: [], methods: [] }
  }

  #page(path: string): Page {
    const known = this.#pages.get(path)
    if (known) return known
    const page = openPage(path, this.#pass.source(path))
    this.#pages.set(path, page)
    return page
  }
}

const NONE: ReadonlySet<AtomicMethod> = new Set()

/** The value is used, not set for the first time, nor compared with nil. */
function isUse({ op, depth }: Access): boolean {
  return op !== 'init' && op !== 'nil' && depth === 0
}
