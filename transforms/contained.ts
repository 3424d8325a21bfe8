/** What sharded and syncmap share: a container in the map's place, whose every use is one of its methods. */
import type { typeAt } from '../src/analysis/program.js'
import type { Container } from '../src/plan/container.js'
import { type Freed, freeOfLock } from '../src/plan/methods/freed.js'
import type { AtomicMethod } from '../src/plan/methods.js'
import { alwaysMade } from '../src/plan/nonnil.js'
import { isRefusal, refuse } from '../src/plan/pass.js'
import { refuseAcross, refuseNewType, refuseOverwritten, refuseWrapper } from '../src/plan/refusals.js'
import type { Choice, Job } from '../src/plan/transform.js'
import { atLeast } from '../src/plan/types.js'
import type { Refusal, SharedMap } from '../src/types.js'

/** What a container can take the place of: a map, and the program without the lock that guarded it alone. */
export interface Containable {
  readonly map: SharedMap
  readonly freed: Freed | null
}

/** The map that the group is, if a container can take its place; refused for several maps, and for a lock that guards more than the map. */
export function containable(group: readonly SharedMap[], kind: 'sharded' | 'syncmap', job: Job): Containable | Refusal {
  const [first] = group
  if (first === undefined) throw new Error('bug: a group without maps')
  if (group.length > 1)
    return refuse(first.decl, 'the maps change together, which only a lock makes one step (--transform=rwmutex)')
  if (job.containers.holds(first)) return refuse(first.decl, 'it is the map inside a container, which has a lock')
  if (job.containers.apart(first, kind) || refuseAcross(first) !== null)
    return refuse(
      first.decl,
      `a ${kind} container is made in the package of its map, for that alone; rwmutex and mutex go elsewhere, too`,
    )
  const refusal =
    refuseNewType(job.pass, first) ?? refuseOverwritten(job.pass.program, first) ?? refuseWrapper(first, job.pass)
  if (refusal) return refusal
  const freed = first.guard === null ? null : freeOfLock(first, job.pass)
  if (isRefusal(freed)) return freed
  if (first.accesses.every((access) => access.exclusive || access.op === 'init'))
    return refuse(first.decl, 'nothing shares it: a container would be of no use')
  const { pkg } = first
  if (!atLeast(pkg.go, 18)) return refuse(first.decl, `${pkg.go} has no generics; --transform=rwmutex needs none`)
  if (keyOf(first)?.hashPanics && !atLeast(pkg.go, 20))
    return refuse(first.decl, `in ${pkg.go} its key type is no type argument; --transform=rwmutex needs none`)
  if (keyOf(first)?.hashPanics && !alwaysMade(job.pass.program, first))
    return refuse(first.decl, 'it may be nil, and even then a key that cannot be hashed has to panic')
  return { map: first, freed }
}

function keyOf({ pkg, object }: SharedMap): ReturnType<typeof typeAt> | undefined {
  return pkg.types[pkg.types[object.type]?.key ?? -1]
}

/** The choice of a container with these methods. */
export function contained(
  transform: string,
  container: Container,
  atomic: ReadonlySet<AtomicMethod>,
  freed: Freed | null,
  hash: { readonly name: string; readonly generic: boolean; readonly functions: Container['functions'] } | null,
): Choice {
  const making = {
    kind: container.kind,
    type: container.type,
    hash: hash?.name ?? '',
    generic: hash?.generic ?? false,
    functions: hash?.functions ?? new Map(),
  }
  return {
    transform,
    lock: { style: 'methods', kind: 'rwmutex', container, making, atomic, freed },
    because: freed === null ? '' : `${freed.lock} guarded nothing else, and goes`,
  }
}

/** What changes for those who use the map, by the methods that they now call. */
export function notesOf(kind: Container['kind'], methods: ReadonlySet<string>): string[] {
  const has = (...names: AtomicMethod[]): boolean => names.some((name) => methods.has(name))
  if (kind === 'sharded') {
    return [
      ...(has('Len', 'Clear', 'DeleteFunc', 'Copy', 'Range')
        ? ['what is of all keys (Len, Clear, DeleteFunc, Copy, Range) locks all shards for the moment']
        : []),
      ...(has('Snapshot') ? ['ranges, and what prints or encodes the map, go over a copy of it'] : []),
    ]
  }
  if (kind !== 'syncmap') return []
  return [
    ...(has('Len') ? ['Len counts the keys one by one, and is no number of one moment'] : []),
    ...(has('Snapshot')
      ? ['ranges, and what prints or encodes the map, go over a copy that is not of one moment']
      : []),
    ...(has('Update') ? ['an update may run its function again where another goroutine was faster'] : []),
  ]
}
