/** What forbids a rewrite of a map as a whole, wherever its accesses are. */
import { isInternal } from '../analysis/callers.js'
import { mapsIn } from '../analysis/elements.js'
import { lastName, objectAt, type Program, typeAt } from '../analysis/program.js'
import { stdEffect } from '../analysis/stdlib.js'
import type { CopyFacts, PackageFacts, TypeRef } from '../facts.js'
import type { Access, Range, Refusal, SharedMap } from '../types.js'
import { returnsAlone } from './alone.js'
import { DEFAULT_PACKAGE } from './container.js'
import { openPage } from './page.js'
import { type Pass, type Request, refuse } from './pass.js'
import { refuseReflected, seenFromOutside } from './reflection.js'
import { isGivenBack, secondNames } from './stored.js'
import { contains, funcTree } from './tree.js'

/** What holds for every transform. */
export function refuseAlways(pass: Pass, map: SharedMap, request: Request): Refusal | null {
  const { program } = pass
  const { pkg } = map
  if (pkg.errors.length > 0) return refuse(map.decl, `package ${pkg.path} does not type-check`)
  const file = pkg.files[map.object.file]
  if (file === undefined) return refuse(map.decl, 'its declaration is not in the source')
  for (const access of map.accesses) {
    const where = access.pkg.files.find(({ path }) => path === access.range.file)
    if (where === undefined) return refuse(access.range, 'an access is not in the source')
    if (where.generated && !access.exclusive) return refuse(access.range, `${short(where.path)} is generated`)
    if (where.cgo && !access.exclusive) return refuse(access.range, `${short(where.path)} uses cgo`)
    const apart = access.pkg.path.replace(/_test$/, '') !== pkg.path.replace(/_test$/, '') && !isZero(access)
    if (apart && request.emit === 'package')
      return refuse(access.range, `it is used in another package, ${access.pkg.path} (--emit=${DEFAULT_PACKAGE})`)
    if (access.pkg.errors.length > 0) return refuse(access.range, `package ${access.pkg.path} does not type-check`)
  }
  const leftOut = fileLeftOut(program, map, request)
  if (leftOut !== null)
    return refuse(
      wholeFile(leftOut),
      `${short(leftOut)}, which this platform leaves out, may use it (--platforms names others)`,
    )
  if (outside(map) && request.exported === 'refuse')
    return refuse(map.decl, 'it is exported: code outside may use it (--exported=rewrite)')
  if (map.object.kind === 'param' || map.object.kind === 'receiver')
    return refuse(map.decl, 'it is a parameter: callers hold the map too')
  if (mapsIn({ pkg, facts: map.object }) === 'elements')
    return refuse(map.decl, `its type is ${map.type}: each element is a map of its own`)
  if (map.object.kind === 'result' && !returnsAlone(program, map))
    return refuse(map.decl, 'it is a result of its function, which may return before all who use it are done')
  if (map.object.embedded) return refuse(map.decl, 'it is an embedded field')
  return refuseLeaving(pass, map)
}

/** A file that no platform of the run reads and that may name the map; null if there is none. */
function fileLeftOut({ packages }: Program, { pkg, object }: SharedMap, { read }: Request): string | null {
  const own = pkg.path.replace(/_test$/, '')
  const found = packages.flatMap((other) => {
    const same = other === pkg || other.path.replace(/_test$/, '') === own
    if (!same && !object.exported) return []
    return other.ignored.filter(({ path, name, idents }) => {
      // A file of another package (a generator, package main) can name only what is exported.
      const reaches = object.exported || name === '' || name === pkg.name
      const imports = same || other.imports.includes(own) || idents.includes(pkg.name)
      return reaches && imports && idents.includes(object.name) && read?.has(path) !== true
    })
  })
  return found[0]?.path ?? null
}

/** What lets the map, or one inside it, outlive a critical section: no lock at its accesses is enough then. */
export function refuseLeaving({ program, maps }: Pass, map: SharedMap): Refusal | null {
  const named = secondNames(program, map, maps)
  const isFine = (access: Access | undefined): boolean =>
    isInTest(map, access) || (access !== undefined && named.fine.has(access))
  const out = map.accesses.find((access) => handsOut(access) && !isFine(access))
  if (out)
    return refuse(
      out.range,
      `${out.depth > 0 ? 'a map inside it' : 'the map itself'} is ${HANDED_OUT[useOf(out)] ?? 'handed out'} here`,
    )
  if (named.refusal) return named.refusal
  const escaped = map.escapes.find(
    ({ at }) => !isExclusiveAt(map, at) && !isReadByLibrary(map, at) && !isFine(accessAt(map, at)),
  )
  if (escaped) return refuse(escaped.at, escaped.why)
  return iterated(program, map) ?? aliased(program, map)
}

/** What forbids a new type in the map's place, or a new field beside it. */
export function refuseNewType(pass: Pass, map: SharedMap): Refusal | null {
  if (map.pkg.files[map.object.file]?.generated) return refuse(map.decl, 'its declaration is in a generated file')
  const owner = map.object.owner
  if (map.object.kind !== 'field') return null
  if (owner === undefined || !pass.program.named.has(owner))
    return refuse(map.decl, 'its struct type has no name, so that copies cannot be told')
  return refuseReflected(pass, map)
}

/** What forbids a lock in the struct of the map: values of it are copied. */
export function refuseLockInside(program: Program, { object: { kind, owner } }: SharedMap): Refusal | null {
  const named = kind === 'field' && owner !== undefined && program.named.has(owner)
  return named ? copied(program, owner) : null
}

/** What forbids a lock for all values of the struct, too: a copy of it reads the map without the lock, while that is replaced under it. */
export function refuseLockForAll(program: Program, map: SharedMap): Refusal | null {
  const replaced = map.accesses.find(({ op, depth, exclusive }) => op === 'replace' && depth === 0 && !exclusive)
  const why = `${lastName(map.object.owner ?? '')} is copied, and the map in it replaced here`
  return refuseOverwritten(program, map) ?? (replaced === undefined ? null : refuse(replaced.range, why))
}

/** *s = S{…}: the map would be set anew where others may look. */
export function refuseOverwritten(program: Program, map: SharedMap): Refusal | null {
  const { kind, owner } = map.object
  const found = kind === 'field' && owner !== undefined ? copied(program, owner, (how) => how === 'overwrite') : null
  return found && { ...found, reason: `${lastName(owner ?? '')} is overwritten here, and the map with it` }
}

/** What forbids anything that only the map's own package can name: a lock beside it, or one that it has. */
export function refuseAcross(map: SharedMap): Refusal | null {
  const own = map.pkg.path.replace(/_test$/, '')
  const access = map.accesses.find((one) => one.pkg.path.replace(/_test$/, '') !== own && !isZero(one))
  return access === undefined
    ? null
    : refuse(access.range, `it is used in another package, ${access.pkg.path}, which cannot name a lock beside it`)
}

/** What forbids the wrapper in particular: a lock beside the map would do. */
export function refuseWrapper(map: SharedMap, pass: Pass): Refusal | null {
  const hidden = map.pkg.objects.find(({ kind, name }) => kind === 'package' && IMPORTED.has(name))
  if (hidden) return refuse(map.decl, `the package has a ${hidden.name} of its own, which the container's file needs`)
  const type = typeAt(map.pkg, map.object.type)
  if (type.kind === 'named') return refuse(map.decl, `its type is ${type.text}, which may have methods`)
  if (type.kind !== 'map') return refuse(map.decl, `its type is ${type.text}`)
  if (map.object.kind === 'result') return refuse(map.decl, 'it is a result of its function')
  const addr = map.accesses.find(({ op }) => op === 'addr')
  if (addr) return refuse(addr.range, 'its address is taken')
  const { file } = map.decl
  const seen = seenFromOutside(pass.program, map, openPage(file, pass.source(file)))
  return seen === null ? null : refuse(map.decl, seen)
}

/** What the files of containers import. */
const IMPORTED: ReadonlySet<string> = new Set(['sync', 'maphash'])

/** T{…} without the map: its zero value, of whatever type it is. */
function isZero({ event, op }: Access): boolean {
  return op === 'init' && event.k === 'acc' && event.val === undefined
}

/** Whether code outside the workspace could name it. */
function outside(map: SharedMap): boolean {
  if (!map.object.exported || map.kind === 'local') return false
  return map.pkg.name !== 'main' && !map.pkg.path.endsWith('_test') && !isInternal(map.pkg.path)
}

/** A copy of a value of the type, or of one that holds it by value. */
function copied(
  program: Program,
  owner: string,
  counts: (how: CopyFacts['how']) => boolean = () => true,
): Refusal | null {
  for (const pkg of program.packages) {
    for (const copy of pkg.copies) {
      if (!counts(copy.how) || !holds(pkg, copy.type, owner)) continue
      const file = pkg.files[copy.file]
      if (file === undefined) continue
      const at: Range = { file: file.path, start: copy.span[0], end: copy.span[1] }
      const what = copy.how === 'compare' ? 'compared' : copy.how === 'overwrite' ? 'overwritten' : 'copied'
      return refuse(at, `${lastName(owner)} is ${what} here, and a lock must not be`)
    }
  }
  return null
}

/** Whether a value of the type has a value of the owner's type inside. */
function holds(pkg: PackageFacts, ref: TypeRef, owner: string, seen: Set<TypeRef> = new Set()): boolean {
  if (seen.has(ref)) return false
  seen.add(ref)
  const type = typeAt(pkg, ref)
  switch (type.kind) {
    case 'named':
      return type.name === owner || (type.under !== undefined && holds(pkg, type.under, owner, seen))
    case 'array':
      return type.elem !== undefined && holds(pkg, type.elem, owner, seen)
    case 'struct':
      return (type.fields ?? []).some((field) => holds(pkg, field.type, owner, seen))
    default:
      return false
  }
}

/** An iterator over the map (maps.Keys) that is not used up in the statement that makes it. */
function iterated(program: Program, map: SharedMap): Refusal | null {
  for (const access of map.accesses) {
    const { event } = access
    if (event.k !== 'acc' || event.use !== 'call' || !event.callee || stdEffect(event.callee)?.lazy !== true) continue
    const fn = program.fns(access.pkg).find((at) => at.facts === access.func)
    const stmt = fn && funcTree(fn).spots.get(event)?.place.stmt
    if (stmt?.k === 'range') continue
    const usedUp = stmt?.e.some((ev) => {
      if (ev.k !== 'call' || ev.callee.k !== 'func' || !ev.argSpans.some((span) => contains(span, event.span)))
        return false
      const effect = stdEffect(ev.callee.key)
      return effect !== undefined && effect.lazy !== true
    })
    if (!usedUp) return refuse(access.range, 'an iterator over it may be used later')
  }
  return null
}

/** Another name for the map, or for a map inside it, that outlives the function that made it. */
function aliased(program: Program, map: SharedMap): Refusal | null {
  for (const access of map.accesses) {
    if (access.exclusive || !access.alias || access.event.k !== 'acc') continue
    const path = access.pkg.paths[access.event.p]
    const root = path?.[0]
    const object = typeof root === 'number' ? objectAt(access.pkg, root) : undefined
    if (object?.kind === 'param') return refuse(access.range, `it is used here through the parameter ${object.name}`)
    if (
      object &&
      path?.length === 1 &&
      object.kind === 'local' &&
      object.func !== undefined &&
      access.pkg.funcs[object.func] !== access.func &&
      !isGivenBack(program, map, access)
    ) {
      return refuse(access.range, `it is used here through ${object.name}, which another function captured`)
    }
  }
  return null
}

function isExclusiveAt(map: SharedMap, at: Range): boolean {
  const access = accessAt(map, at)
  return access?.exclusive === true
}

/** What makes of the map's value something that outlives a lock. */
const HANDED_OUT: Readonly<Record<string, string>> = {
  send: 'sent',
  element: 'stored',
  interface: 'converted to an interface',
  convert: 'converted',
  capture: 'captured',
  other: 'used in a way that cannot be followed',
}

function handsOut(access: Access): boolean {
  return access.op === 'read' && !access.exclusive && useOf(access) in HANDED_OUT
}

function useOf({ event }: Access): string {
  return event.k === 'acc' ? (event.use ?? '') : ''
}

/** A test looks at the map itself, in its own goroutine: at one of its own types' only where it stands. */
function isInTest(map: SharedMap, access: Access | undefined): boolean {
  if (access?.inTest !== true) return false
  return access.func.kind === 'func' || map.pkg.files[map.object.file]?.test !== true
}

/** The map is given to a function of the standard library that is done with it when it returns. */
export function isReadByLibrary(map: SharedMap, at: Range): boolean {
  const access = accessAt(map, at)
  if (access?.event.k !== 'acc' || access.event.use !== 'call' || !access.event.callee) return false
  const effect = stdEffect(access.event.callee)
  return effect !== undefined && effect.lazy !== true && effect.stores.length === 0 && effect.spawns.length === 0
}

function accessAt(map: SharedMap, at: Range): Access | undefined {
  return map.accesses.find(({ range }) => range.file === at.file && range.start === at.start && range.end === at.end)
}

function wholeFile(path: string): Range {
  return { file: path, start: 0, end: 0 }
}

function short(path: string): string {
  return path.replace(/^.*\//, '')
}
