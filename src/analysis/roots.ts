import type { Val } from '../facts.js'
import type { Paths } from './paths.js'
import type { Fn, Program } from './program.js'
import type { Site } from './walk.js'

/** Object keys of the roots of every path in an event, those of literals in it included. */
export function rootsOf(
  program: Program,
  paths: Paths,
  fn: Fn,
  ev: Site['ev'],
  captured: (literal: Fn) => ReadonlySet<string>,
): string[] {
  const roots: string[] = []
  const path = (ref: number | undefined): void => {
    if (ref === undefined) return
    const at = paths.raw(fn, ref)
    if (at.root.startsWith('o:')) roots.push(at.root.slice(2))
  }
  const val = (v: Val | undefined): void => {
    if (!v) return
    if (v.k === 'path') path(v.p)
    else if (v.k === 'func') val(v.recv)
    else if (v.k === 'lit') roots.push(...captured(program.fn(fn.pkg, v.fn)))
    else if (v.k === 'fresh') {
      for (const field of v.fields ?? []) val(field.v)
      for (const elem of v.elems ?? []) val(elem)
    }
  }
  switch (ev.k) {
    case 'acc':
      path(ev.p)
      val(ev.v)
      break
    case 'set':
      path(ev.to)
      val(ev.v)
      break
    case 'recv':
      path(ev.p)
      break
    case 'chansend':
      path(ev.p)
      val(ev.v)
      break
    case 'return':
      ev.vals.forEach(val)
      break
    case 'lit':
      roots.push(...captured(program.fn(fn.pkg, ev.fn)))
      break
    case 'may':
      path(ev.p)
      break
    case 'call':
      val(ev.recv)
      ev.args.forEach(val)
      if (ev.callee.k === 'value') val(ev.callee.v)
      break
  }
  return roots
}

/** Whether inner stands (at any depth) in outer. */
export function within(program: Program, inner: Fn, outer: Fn): boolean {
  for (let at = inner; at.facts.parent !== undefined; ) {
    at = program.fn(at.pkg, at.facts.parent)
    if (at === outer) return true
  }
  return false
}
