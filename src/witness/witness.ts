/** Witnesses: tests of the user's package in which a map is raced on as a finding says. Pure; running them is proof's. */
import { basename, join } from 'node:path'
import type { Analysis } from '../analysis/index.js'
import type { Use } from '../analysis/maps.js'
import type { Fn } from '../analysis/program.js'
import type { Race } from '../analysis/races.js'
import { freshName } from '../edit/index.js'
import type { FuncFacts } from '../facts.js'
import type { CompoundUse, Range, SharedMap } from '../types.js'
import { goFile, scenePart, type TestPart } from './gotext.js'
import { handOuts } from './handout.js'
import { declaredIn, fileNames, testName, words } from './names.js'
import { type Route, routesOf } from './routes.js'
import { type Scene, sceneOf } from './scene.js'
import { stepsOf } from './step.js'
import { stepScenes } from './stepscene.js'
import { steadyPart, stepPart } from './steptext.js'

/** One attempt at a test that races. */
export interface Witness {
  /** Import path of the package that it belongs to. */
  readonly pkg: string
  /** Absolute. */
  readonly folder: string
  readonly guesses: readonly string[]
  /** The program itself brings the goroutines together; else it is the test that does, as callers may. */
  readonly shown: boolean
  /** It reads the map itself, which a function of the package returns: its own lines are accesses, too. */
  readonly reads: boolean
  /** Files of the functions that it calls, and of the map: it is for the platforms and tags that they are for. */
  readonly uses: readonly string[]
  /** The file that holds the test, which is given that name; and those of steps, if any. */
  text(test: string, steps?: readonly NamedStep[]): string
}

/** A test of a function that a fix made one step: it fails where two calls mix, even if nothing races. */
export interface StepWitness extends Witness {
  /** A file with a test that fails where the calls, one after the other, do not always come to the same: then it cannot be told. */
  steady(test: string): string
  /** How it is to be called if it stays. */
  readonly test: string
  part(test: string): TestPart
}

export interface NamedStep {
  readonly step: Pick<StepWitness, 'part'>
  readonly test: string
}

export interface Witnesses {
  /** The likeliest to succeed first. */
  readonly tests: readonly Witness[]
  /** Tests of functions that none of these calls, though they come to the map too. */
  readonly others: readonly Witness[]
  /** Where there are none: why. */
  readonly why: string
  /** How file and test are to be called if they stay. */
  readonly path: string
  readonly test: string
}

/** Tests tried for one map, and those for the rest of its functions. */
const ATTEMPTS = 6
const OTHERS = 6
/** Functions of one fix that are tried as steps. */
const STEPS = 3
/** Scenes put together before that. */
const SCENES = 60

/** Tests for the races on a map, the surest races first; `handedOut`: where it is returned though a lock guards it. `reserved`: paths, and tests in their folders, that others have. */
export function witnessesOf(
  { program, races, uses }: Pick<Analysis, 'program' | 'races' | 'uses'>,
  map: SharedMap,
  reserved: ReadonlySet<string> = new Set(),
  handedOut: readonly Range[] = [],
): Witnesses {
  const tried = new Set<string>()
  const scenes: Candidate[] = []
  const fillers = fillersOf(uses(map))
  const reasons = new Set<string>()
  for (const [rank, race] of races(map).entries()) {
    for (const [a, b] of pairs(race)) {
      const key = [a, b]
        .map(({ entry, runs }) => `${entry.facts.key} ${runs}`)
        .sort()
        .join()
      if (tried.has(key) || tried.size >= SCENES) continue
      if (a.entry.pkg !== b.entry.pkg) {
        reasons.add(`${a.entry.facts.display} and ${b.entry.facts.display} are in different packages`)
        continue
      }
      tried.add(key)
      const more = fillers.filter(({ facts, pkg }) => pkg === a.entry.pkg && reaches(facts, [a, b])).slice(0, 1)
      const sure = race.confidence === 'likely' ? 0 : 20
      const base = sure + Math.min(rank, 5) + a.cost + b.cost
      const variants = [
        { failing: false, filler: null, handsOut: null },
        ...more.map((filler) => ({ failing: false, filler, handsOut: null })),
        { failing: true, filler: null, handsOut: null },
      ]
      for (const [extra, variant] of variants.entries()) {
        const scene = sceneOf(program, map, a, b, variant)
        if (variant.failing && !scene.imports.includes('errors')) continue
        scenes.push({
          scene,
          access: race.a,
          reads: false,
          shown: race.confidence === 'likely' || [race.inA, race.inB].some(isBroughtAbout),
          cost: base + scene.guesses.length * 10 + scene.setup.length + extra * 2,
          inner: a.inner || b.inner,
        })
      }
    }
  }
  for (const at of handedOut) {
    for (const [out, write] of handOuts(uses(map), at)) {
      const scene = sceneOf(program, map, out, write, { failing: false, filler: null, handsOut: out.entry })
      const cost = out.cost + write.cost + scene.guesses.length * 10 + scene.setup.length
      scenes.push({ scene, access: null, reads: true, shown: true, cost, inner: out.inner || write.inner })
    }
  }
  const chosen = choose(scenes)
  const where = chosen[0]?.scene.pkg ?? map.pkg
  const here = [...where.files, ...where.ignored].map(({ path }) => path).concat([...reserved])
  const beside = here.filter((path) => path.startsWith(join(where.dir, '/'))).map((path) => basename(path))
  const file = freshName(new Set(beside.map((name) => name.replace(/_race_test\.go$/, ''))), fileNames(map))
  const taken = new Set([...declaredIn(where), ...beside])
  const witnessOf = ({ scene, shown, reads }: Candidate): Witness => ({
    pkg: scene.pkg.path,
    folder: scene.pkg.dir,
    guesses: scene.guesses,
    uses: [...new Set([map.decl.file, ...scene.files])],
    shown,
    reads,
    text: (test, steps = []) =>
      goFile(scene.pkg, [
        scenePart(scene, test, map.name.slice(map.pkg.path.length + 1)),
        ...steps.map((named) => named.step.part(named.test)),
      ]),
  })
  const made = new Map(chosen.map((candidate) => [candidate, witnessOf(candidate)]))
  return {
    tests: [...made.values()],
    others: covering(scenes).map((candidate) => made.get(candidate) ?? witnessOf(candidate)),
    why: [...reasons][0] ?? 'no function that a test can call leads to both accesses',
    path: join(where.dir, `${file}_race_test.go`),
    test: freshName(taken, [testName(map)]),
  }
}

/** Tests of the functions that the compound uses of a fix are one step of; `maps` are those that it locks together. */
export function stepWitnesses(
  analysis: Pick<Analysis, 'program' | 'uses'>,
  maps: readonly SharedMap[],
  compound: readonly CompoundUse[],
  reserved: ReadonlySet<string> = new Set(),
): StepWitness[] {
  const found = stepsOf(analysis, maps, compound).slice(0, STEPS)
  return found.flatMap((step) => {
    const { facts, pkg } = step.route.entry
    const taken = new Set([...declaredIn(pkg), ...[...reserved].map((path) => basename(path))])
    const test = freshName(taken, [`Test${words(facts.display)}Atomic`])
    return stepScenes(analysis.program, maps, step).map(
      (scene): StepWitness => ({
        pkg: pkg.path,
        folder: pkg.dir,
        guesses: [],
        shown: false,
        reads: false,
        uses: [...new Set([...maps.map(({ decl }) => decl.file), ...scene.files])],
        test,
        part: (name) => stepPart(scene, name),
        text: (name) => goFile(pkg, [stepPart(scene, name)]),
        steady: (name) => goFile(pkg, [steadyPart(scene, name)]),
      }),
    )
  })
}

interface Candidate {
  readonly scene: Scene
  /** One side of the race; null where the test itself is one. */
  readonly access: Race['a'] | null
  readonly reads: boolean
  readonly shown: boolean
  readonly cost: number
  readonly inner: boolean
}

/** The program has a goroutine of its own there. */
function isBroughtAbout({ spawn, root }: Race['inA']): boolean {
  return spawn !== null || root === 'handler'
}

/** The cheapest, but not all of one kind: what keeps one from racing often keeps its likes too. */
function choose(candidates: readonly Candidate[]): Candidate[] {
  const chosen: Candidate[] = []
  const left = new Set(candidates)
  const price = ({ access, scene, cost }: Candidate): number =>
    cost +
    chosen.filter((c) => c.access === access).length * 3 +
    chosen.filter((c) => c.scene.calls.join() === scene.calls.join()).length * 3
  while (chosen.length < ATTEMPTS && left.size > 0) {
    const next = [...left].reduce((x, y) => (price(y) < price(x) ? y : x))
    left.delete(next)
    chosen.push(next)
  }
  return chosen
}

/** The cheapest that together call all that can be called without guessing, and that the program does not call under a lock that a fix brings. */
function covering(candidates: readonly Candidate[]): Candidate[] {
  const covered = new Set<string>()
  const cover: Candidate[] = []
  const sound = candidates.filter(({ scene, reads, inner }) => scene.guesses.length === 0 && !reads && !inner)
  for (const candidate of sound.sort((a, b) => a.cost - b.cost)) {
    const { calls } = candidate.scene
    if (cover.length >= OTHERS || calls.every((name) => covered.has(name))) continue
    for (const name of calls) covered.add(name)
    cover.push(candidate)
  }
  return cover
}

/** Functions that put something under a key of their caller's, those first that are named for it. */
function fillersOf(uses: readonly Use[]): Fn[] {
  const puts = uses.filter(({ ev, depth }) => depth === 0 && (ev.op === 'assign' || ev.op === 'update'))
  const routes = puts.flatMap(({ contexts }) => contexts.flatMap((context) => routesOf(context).slice(0, 1)))
  const able = routes.filter(({ entry, runs }) => runs === 'call' && entry.facts.params.length > 0)
  const rank = ({ facts }: Fn): number =>
    (PUTS.test(facts.display.replace(/^.*\./, '')) ? 0 : 2) + (facts.exported ? 0 : 1)
  return [...new Set(able.map(({ entry }) => entry))].sort((x, y) => rank(x) - rank(y))
}

const PUTS = /^(set|put|add|store|save|register|insert|record|push|create|subscribe|join|open)/i

/** Whether a function fills what the routes share: the object of a method, or a package variable; none of them fills it itself. */
function reaches({ key, recvType }: FuncFacts, routes: readonly Route[]): boolean {
  const entries = routes.map(({ entry }) => entry.facts)
  return (
    entries.every((entry) => entry.key !== key) &&
    (recvType === undefined || entries.some((entry) => entry.recvType === recvType))
  )
}

function pairs({ inA, inB }: Race): (readonly [Route, Route])[] {
  const [as, bs] = [routesOf(inA), routesOf(inB)]
  return as.flatMap((a) => bs.map((b) => [a, b] as const))
}
