/** Witnesses: tests of the user's package in which a map is raced on as a finding says. Pure; running them is proof's. */
import { basename, join } from 'node:path'
import type { Program } from '../analysis/program.js'
import type { Race } from '../analysis/races.js'
import { freshName } from '../edit/index.js'
import type { SharedMap } from '../types.js'
import { goText } from './gotext.js'
import { declaredIn, fileNames, testName } from './names.js'
import { type Route, routesOf } from './routes.js'
import { type Scene, sceneOf } from './scene.js'

/** One attempt at a test that races. */
export interface Witness {
  /** Import path of the package that it belongs to. */
  readonly pkg: string
  /** Absolute. */
  readonly folder: string
  readonly guesses: readonly string[]
  /** The program itself brings the goroutines together; else it is the test that does, as callers may. */
  readonly shown: boolean
  /** The file that holds the test, which is given that name. */
  text(test: string): string
}

export interface Witnesses {
  /** The likeliest to succeed first. */
  readonly tests: readonly Witness[]
  /** Where there are none: why. */
  readonly why: string
  /** How file and test are to be called if they stay. */
  readonly path: string
  readonly test: string
}

/** Tests tried for one map. */
const ATTEMPTS = 4
/** Scenes put together before that. */
const SCENES = 60

/** Tests for the races on a map, the surest races first. `reserved`: paths, and tests in their folders, that others have. */
export function witnessesOf(
  program: Program,
  map: SharedMap,
  races: readonly Race[],
  reserved: ReadonlySet<string> = new Set(),
): Witnesses {
  const tried = new Set<string>()
  const scenes: { scene: Scene; cost: number; race: Race }[] = []
  const reasons = new Set<string>()
  for (const [rank, race] of races.entries()) {
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
      const scene = sceneOf(program, map, a, b)
      const sure = race.confidence === 'likely' ? 0 : 20
      scenes.push({
        scene,
        race,
        cost: sure + Math.min(rank, 5) + a.cost + b.cost + scene.guesses.length * 10 + scene.setup.length,
      })
    }
  }
  scenes.sort((x, y) => x.cost - y.cost)
  const where = scenes[0]?.scene.pkg ?? map.pkg
  const here = [...where.files, ...where.ignored].map(({ path }) => path).concat([...reserved])
  const beside = here.filter((path) => path.startsWith(join(where.dir, '/'))).map((path) => basename(path))
  const file = freshName(new Set(beside.map((name) => name.replace(/_race_test\.go$/, ''))), fileNames(map))
  const taken = new Set([...declaredIn(where), ...beside])
  return {
    tests: scenes.slice(0, ATTEMPTS).map(({ scene, race }) => ({
      pkg: scene.pkg.path,
      folder: scene.pkg.dir,
      guesses: scene.guesses,
      shown:
        race.confidence === 'likely' ||
        [race.inA, race.inB].some(({ spawn, root }) => spawn !== null || root === 'handler'),
      text: (test) => goText(scene, test, map.name.slice(map.pkg.path.length + 1)),
    })),
    why: [...reasons][0] ?? 'no function that a test can call leads to both accesses',
    path: join(where.dir, `${file}_race_test.go`),
    test: freshName(taken, [testName(map)]),
  }
}

function pairs({ inA, inB }: Race): (readonly [Route, Route])[] {
  const [as, bs] = [routesOf(inA), routesOf(inB)]
  return as.flatMap((a) => bs.map((b) => [a, b] as const))
}
