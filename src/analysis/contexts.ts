import type { RootKind } from './callers.js'
import type { Held } from './heldsets.js'
import type { AbsPath } from './paths.js'
import type { Fn } from './program.js'
import type { SpawnKind } from './spawners.js'
import type { Place, Site } from './walk.js'

/** One function on a way to an access: where in it the way goes on (at the bottom, the access itself). */
export interface Level {
  readonly site: Site
}

/** The goroutine that an access runs in, as far as it is known: how it comes to be. */
export interface Spawn {
  readonly site: Site
  readonly kind: SpawnKind
  readonly what: string
  /** Two instances of the goroutine may use the same object at the same time. */
  readonly many: boolean
  /** There is one goroutine, which runs what it is handed one after the other. */
  readonly serial: boolean
  /** Whoever starts it waits for something before it goes on: perhaps for this. */
  readonly unclear: boolean
  /** The call that is given it keeps it, and returns: something else starts it. */
  readonly later: boolean
  /** Index in levels of the spawning statement: what is below runs in the goroutine. */
  readonly level: number
  /** Where the function that starts the goroutine waits for it, whatever happens; null when the goroutine may outlive that. */
  readonly joined: Place | null
}

/** One way to an access: the calls and spawns from a root down to it, and what holds there. */
export interface Context {
  /** The map's path, in the terms of the outermost function that it has a name in. */
  readonly map: AbsPath
  /** The outermost parameter (by object key) through which the map came; null where it did not come as an argument itself. */
  readonly param: string | null
  readonly held: readonly Held[]
  /** Flags of objects that are so on the whole way (flags.ts). */
  readonly flags: ReadonlySet<string>
  /** From the access (first) up to the root (last). */
  readonly levels: readonly Level[]
  readonly spawn: Spawn | null
  /** Goroutines that were started and waited for on the way, seen from outside as calls. */
  readonly forks: readonly Site[]
  /** 'scope': the map or its object is a local of the last level's function. */
  readonly root: RootKind | 'scope' | 'joined'
  /** Nobody else can know the map yet (or any more). */
  readonly owned: boolean
  /** It is a field of a copy of the object: what is assigned to it stays there. */
  readonly copied: boolean
  /** The named type, or the package variable, that the way to the map begins with; "" if it has no name. */
  readonly base: string
  /** The map's object was made by the last level's function, and only goroutines and callbacks that it started know of it. */
  readonly unfinished: boolean
  /** It is a part of one object alone, which the last level's function made. */
  readonly own: boolean
  /** The map's object is a local of the last level's function, which hands it to nobody outside. */
  readonly private: boolean
  /** The map's object is a local of the last level's function, which did not make it: it was there for others to find. */
  readonly found: boolean
  /** Those who are seen to call it, constructors apart, do so before others know the object. */
  readonly settingUp: boolean
  /** Those who are seen to call it are init functions and package variables, all of them. */
  readonly registering: boolean
  /** The program itself calls the exported function that the way enters: those ways say when. */
  readonly called: boolean
  /** It is (part of) an element that a range statement takes: another one in each turn. */
  readonly inTurn: boolean
  readonly dynamic: boolean
  /** It can't be told which object's map it is. */
  readonly lost: boolean
  /** Keys of what was received from, waited for … before the access, and of what is sent to, closed … after it. */
  readonly acquired: ReadonlySet<string>
  readonly released: ReadonlySet<string>
  /** Keys of the sync.Once whose Do runs the access. */
  readonly once: ReadonlySet<string>
  /** The tests on the way that asked for t.Parallel before; true: one that is run again and again for the same map. */
  readonly parallel: ReadonlyMap<Fn, boolean>
}
