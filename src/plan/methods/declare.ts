/** The declaration of a map, and what it is set to, with a container in its place. */
import type { PackageFacts } from '../../facts.js'
import type { Access, Refusal, SharedMap, TextEdit } from '../../types.js'
import type { Addition } from '../container.js'
import { argumentsAt, typeArguments } from '../declare.js'
import type { ContainerKind } from '../methods.js'
import type { Page } from '../page.js'
import { refuse } from '../pass.js'
import type { Scene } from '../scene.js'
import type { Touch } from '../touches.js'
import { atLeast } from '../types.js'
import type { AtomicSite } from './sites.js'

/** How a container is made: `new(syncMap[K, V])`, or with the hash of its keys. */
export interface Making {
  readonly kind: ContainerKind
  readonly type: string
  /** Of sharded: the hash function's name, and what has to stand in the container's file for it. */
  readonly hash: string
  readonly generic: boolean
  readonly functions: ReadonlyMap<string, Addition>
}

/** items map[K]V → items *shardedMap[K, V]. A container is held by pointer: copies of what holds it share it, as they share a map. */
export function containerDeclaration(page: Page, map: SharedMap, type: string): TextEdit[] | Refusal {
  const { decl } = map.object
  const args = typeArguments(map)
  if (args === null) return refuse(map.decl, `its type, ${map.type}, cannot be spelled here`)
  if (decl === undefined || decl.form === 'param' || decl.form === 'range' || decl.form === 'other')
    return refuse(map.decl, 'it is not declared by a statement of its own')
  if (decl.names > 1 && decl.type !== undefined) return refuse(map.decl, 'it is declared together with others')
  return decl.type === undefined ? [] : [page.replace(decl.type, `*${type}[${args}]`)]
}

/**
 * The first value of the map, as the container: make(map[K]V) and map[K]V{} become an empty one, a literal's elements go into
 * one, nil stays. Refused for a value that something else may name, too.
 */
export function containerValue(page: Page, access: Access, making: Making): AtomicSite | Refusal {
  const { event } = access
  if (event.k !== 'acc') return refuse(access.range, 'it is no access')
  if (event.val === undefined) return { methods: [], edits: [] }
  if (event.v?.k === 'nil') return { methods: [], edits: [] }
  if (event.v?.k !== 'fresh') return refuse(access.range, 'it is set to a map that may have another name')
  const args = argumentsAt(access)
  if (args === null) return refuse(access.range, 'the type of its value cannot be spelled here')
  const text = page.slice(event.val)
  if (/^make\s*\(/.test(text))
    return { methods: [], edits: [page.replace(event.val, emptyOf(making, args, access.pkg))] }
  if (/\{\s*\}$/.test(text)) return { methods: [], edits: [page.replace(event.val, emptyOf(making, args, access.pkg))] }
  const [base, given] =
    making.kind === 'sharded' ? ['shardedMapOf', `${hashOf(making, args, access.pkg)}, `] : ['syncMapOf', '']
  const of = `${base}${making.type.replace(/^\D+/, '')}`
  return { methods: ['Of'], edits: [page.insert(event.val[0], `${of}(${given}`), page.insert(event.val[1], ')')] }
}

/** m = make(…), where nobody else can look: as a first value. */
export function replaced(scene: Scene, touch: Touch): AtomicSite | Refusal {
  const { access } = touch
  if (access === null || scene.making === null) throw new Error('bug: a replacement without a container')
  return containerValue(scene.page, access, scene.making)
}

function emptyOf(making: Making, args: string, pkg: PackageFacts): string {
  if (making.kind === 'syncmap') return `new(${making.type}[${args}])`
  const suffix = making.type.replace(/^\D+/, '')
  return `newShardedMap${suffix}[${args}](${hashOf(making, args, pkg)})`
}

/** Before Go 1.21 a generic function that is an argument has to say its types. */
function hashOf({ hash, generic }: Making, args: string, pkg: PackageFacts): string {
  return !generic || atLeast(pkg.go, 21) ? hash : `${hash}[${keyOf(args)}]`
}

/** The key's type of "K, V". */
function keyOf(args: string): string {
  let depth = 0
  for (const [i, char] of [...args].entries()) {
    if ('([{'.includes(char)) depth++
    if (')]}'.includes(char)) depth--
    if (char === ',' && depth === 0) return [...args].slice(0, i).join('')
  }
  return args
}
