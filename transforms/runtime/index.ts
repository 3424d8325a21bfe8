/** The Go text of all containers, by kind, for the planner. */
import { freshName } from '../../src/edit/names.js'
import type { Addition, Container, Runtime } from '../../src/plan/container.js'
import type { AtomicMethod, ContainerKind, LockedMethod, LockKind, Method } from '../../src/plan/methods.js'
import { atLeast } from '../../src/plan/types.js'
import { hashNames } from './hashes.js'
import { LOCKED_METHODS, lockedMapFile, lockedMethod, lockedMethodsIn, lockOf } from './lockedmap.js'
import {
  SHARDED_METHODS,
  shardedIn,
  shardedMethod,
  shardedMethodsIn,
  shardedNames,
  shardedShard,
  shardedType,
} from './sharded.js'
import {
  SYNCMAP_METHODS,
  syncMapBase,
  syncMapIn,
  syncMapLock,
  syncMapMethod,
  syncMapMethodsIn,
  syncMapNames,
  syncMapType,
} from './syncmap.js'

export const runtime: Runtime = {
  file(container) {
    const { kind, pkg, type, methods } = container
    if (isLock(kind))
      return lockedMapFile({ package: pkg.name, type, lock: kind, fields: container.fields, methods: locked(methods) })
    const imports = ['sync', ...[...container.functions.values()].flatMap((one) => one.imports)]
    return [
      `package ${pkg.name}`,
      importDecl([...new Set(imports)].sort()),
      ...head(container),
      ...methodTexts(container, new Set()),
      ...[...container.functions.values()].map(({ text }) => text),
    ]
      .join('\n\n')
      .concat('\n')
  },
  missing(container, text) {
    const has: ReadonlySet<Method> =
      container.kind === 'sharded'
        ? shardedMethodsIn(text, container.type.slice('shardedMap'.length))
        : container.kind === 'syncmap'
          ? syncMapMethodsIn(text, container.type.slice('syncMap'.length))
          : lockedMethodsIn(text, container.type)
    const added: Addition[] = methodTexts(container, has).map((one) => ({ text: one, imports: [] }))
    for (const [name, addition] of container.functions) {
      if (!new RegExp(`^(func|var) ${name}\\b`, 'm').test(text)) added.push(addition)
    }
    const lacksLock =
      container.kind === 'syncmap' && container.methods.has('LoadOrCompute') && !has.has('LoadOrCompute')
    return {
      text: added.map((one) => one.text).join('\n\n'),
      imports: added.flatMap((one) => one.imports),
      inside: lacksLock ? [syncMapLock(text, container.type.slice('syncMap'.length))] : [],
    }
  },
  kindOf(text, type) {
    const sharded = /^(?:shardedMap|mapShard)(\d*)$/.exec(type)?.[1]
    if (sharded !== undefined && shardedIn(text) === sharded) return 'sharded'
    if (/^syncMap\d*$/.test(type) && syncMapIn(text) === type.slice('syncMap'.length)) return 'syncmap'
    return lockOf(text, type)
  },
  typeFor(kind, taken, exported) {
    if (isLock(kind) && exported)
      return freshName(taken, ['LockedMap', kind === 'rwmutex' ? 'RWLockedMap' : 'MutexMap', 'LockedMap'])
    if (isLock(kind))
      return freshName(taken, ['lockedMap', kind === 'rwmutex' ? 'rwLockedMap' : 'mutexMap', 'lockedMap'])
    const [base, names] =
      kind === 'sharded'
        ? (['shardedMap', (n: string) => [...shardedNames(n), ...hashNames(n)]] as const)
        : (['syncMap', syncMapNames] as const)
    for (let number = 1; ; number++) {
      const suffix = number === 1 ? '' : String(number)
      if (!names(suffix).some((name) => taken.has(name))) return base + suffix
    }
  },
}

function isLock(kind: ContainerKind): kind is LockKind {
  return kind === 'rwmutex' || kind === 'mutex'
}

function locked(methods: ReadonlySet<Method>): ReadonlySet<LockedMethod> {
  return new Set(LOCKED_METHODS.filter((name) => methods.has(name)))
}

function importDecl(paths: readonly string[]): string {
  const [only] = paths
  return paths.length === 1 ? `import "${only}"` : ['import (', ...paths.map((path) => `	"${path}"`), ')'].join('\n')
}

function head({ kind, type, methods }: Container): string[] {
  if (kind === 'sharded') {
    const suffix = type.slice('shardedMap'.length)
    return [shardedType(suffix), shardedShard(suffix)]
  }
  const suffix = type.slice('syncMap'.length)
  return [syncMapType(suffix, methods.has('LoadOrCompute')), syncMapBase(suffix)]
}

/** The methods that are wanted and not there, in the order of the file. */
function methodTexts({ kind, type, fields, methods, pkg }: Container, has: ReadonlySet<Method>): string[] {
  const wanted = <M extends Method>(all: readonly M[]): M[] => all.filter((name) => methods.has(name) && !has.has(name))
  if (isLock(kind)) return wanted(LOCKED_METHODS).map((name) => lockedMethod({ type, lock: kind, fields }, name))
  if (kind === 'syncmap')
    return wanted(SYNCMAP_METHODS).map((name) => syncMapMethod(type.slice('syncMap'.length), name))
  const spec = { suffix: type.slice('shardedMap'.length), clear: atLeast(pkg.go, 21) }
  return wanted<AtomicMethod>(SHARDED_METHODS).map((name) => shardedMethod(spec, name))
}
