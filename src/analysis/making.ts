/** Objects that are new each time, with all that they hold: two of them share nothing. */
import type { Val } from '../facts.js'
import { type AbsPath, isField, type Paths, targetKey } from './paths.js'
import { type Fn, type Program, pathAt } from './program.js'
import { eachFresh } from './stored.js'
import { flowOf, type Site } from './walk.js'

/** Whether what the path leads to belongs to one object alone, made by the function that the path's root is a local or a call of. */
export function isOwnPart(program: Program, paths: Paths, { root, steps }: AbsPath): boolean {
  return isMadeRoot(program, paths, root) && steps.every((step) => !isField(step) || holdsOwn(program, paths, step))
}

/** Whether the path's root is a local that is only ever given new objects, or a call that makes one. */
export function isMadeRoot(program: Program, paths: Paths, root: string): boolean {
  if (root.startsWith('c:')) return madeBy(program, paths, root) !== null
  const object = root.startsWith('o:') ? paths.object(root.slice(2)) : undefined
  if (object?.facts.kind !== 'local') return false
  const given = paths.defs(object.facts.key).filter(({ v }) => v.k !== 'nil')
  // Declared as nil and given nothing: what it is passed to by address fills it.
  return given.every(({ fn, v }) => v.k !== 'path' && paths.isMade(fn, v))
}

/** The call that a path begins with, if it makes a new object; else null. */
export function madeBy(program: Program, paths: Paths, root: string): Site | null {
  const site = callBehind(program, root)
  const i = Number(root.slice(root.lastIndexOf('/') + 1))
  if (site?.ev.k !== 'call') return null
  return paths.isMade(site.fn, { k: 'call', n: site.ev.n, i, t: -1 }) ? site : null
}

/** The call whose result a path begins with: "c:FN#N/I". */
export function callBehind(program: Program, root: string): Site | undefined {
  const [, key, n] = /^c:(.*)#(\d+)\/\d+$/.exec(root) ?? []
  const fn = key === undefined ? undefined : program.funcs.get(key)
  return fn && flowOf(fn).sites.find(({ ev }) => ev.k === 'call' && ev.n === Number(n))
}

const shared = new WeakMap<Program, ReadonlySet<string>>()

/** Whether a field is only ever given what is new: then no two structs have it in common. */
function holdsOwn(program: Program, paths: Paths, field: string): boolean {
  const known = shared.get(program) ?? givenOthers(program, paths)
  shared.set(program, known)
  return !known.has(field)
}

/** The fields, by object key, that somewhere are given what exists already. */
function givenOthers(program: Program, paths: Paths): ReadonlySet<string> {
  const found = new Set<string>()
  const note = (fn: Fn, key: string, v: Val): void => {
    if (key !== '' && v.k !== 'nil' && v.k !== 'const' && !paths.isMade(fn, v)) found.add(key)
  }
  for (const pkg of program.packages) {
    for (const fn of program.fns(pkg)) {
      for (const { ev } of flowOf(fn).sites) {
        const v = ev.k === 'set' || (ev.k === 'acc' && (ev.op === 'init' || ev.op === 'replace')) ? ev.v : undefined
        const at = ev.k === 'set' ? ev.to : ev.k === 'acc' ? ev.p : undefined
        if (v && at !== undefined && pathAt(pkg, at).length > 1) note(fn, targetKey(paths.raw(fn, at)), v)
        eachFresh(ev, (fresh) => {
          for (const field of fresh.fields ?? []) {
            const object = pkg.objects[field.f]
            if (object) note(fn, object.key, field.v)
          }
        })
      }
    }
  }
  return found
}
