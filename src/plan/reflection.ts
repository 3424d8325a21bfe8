/** Code that looks into values of any type by reflection: printers, encoders, templates. It sees the lock, and takes none. */
import { type Fn, lastName, objectAt, type Program, pathAt, typeAt, underlying } from '../analysis/program.js'
import type { Conversion, Ev, PackageFacts, TypeRef } from '../facts.js'
import type { Range, Refusal, SharedMap } from '../types.js'
import type { Page } from './page.js'
import { refuse } from './pass.js'
import { eventsOf } from './tree.js'

const PRINTS = /^(fmt\.(Print|Sprint|Fprint|Append|Errorf)|log(\/slog)?\.|reflect\.|encoding\/gob\.)/
const ENCODES =
  /^(encoding\/(json|xml|asn1|binary)|text\/template|html\/template)\.|(yaml|toml|msgpack|cbor|bson|json)[^/]*\./i
const EMPTY = /^(any|interface ?\{\s*\})$/
const DECODES = /\.(Unmarshal|Decode|Read)[A-Za-z]*$/

/**
 * A value with the map inside is given whole to such code, which would read the map without the lock. Exported fields are
 * seen through pointers too; a decoder may fill a variable that its caller has just made.
 */
export function refuseReflected(program: Program, map: SharedMap): Refusal | null {
  const { owner } = map.object
  if (owner === undefined) return null
  const methods = program.named.get(owner)?.facts.methods ?? []
  const printsItself = methods.some((key) => /\.(String|Error|Format|GoString|LogValue)$/.test(key))
  const encodesItself = methods.some((key) => /\.(Marshal(JSON|Text|XML|YAML|Binary)|GobEncode)$/.test(key))
  for (const { pkg, conversion, at } of conversions(program)) {
    const printed = !printsItself && holds(pkg, pointee(pkg, conversion.from), owner, SHOWN)
    if (printed && looksInside(program, conversion.callee, PRINTS)) return whole(at, owner, conversion.callee)
    const encoded = map.object.exported && !encodesItself && holds(pkg, conversion.from, owner, REACHED)
    if (!encoded) continue
    if (looksInside(program, conversion.callee, ENCODES) && !fills(pkg, conversion))
      return whole(at, owner, conversion.callee)
    if (conversion.callee === '' && EMPTY.test(typeAt(pkg, conversion.to).text) && encodesAny(program))
      return refuse(at, `${lastName(owner)} is kept here as a value of any type, and such values are encoded`)
  }
  return null
}

/** What makes the field's type a part of how values look outside: a wrapper in its place would change that. */
export function seenFromOutside(program: Program, map: SharedMap, page: Page): string | null {
  const { owner, decl, exported } = map.object
  if (owner === undefined || decl === undefined) return null
  const tag = decl.type === undefined ? '' : page.slice([decl.type[1], decl.span[1]])
  if (/["`]/.test(tag)) return 'its field has a tag'
  if (!exported) return null
  const converted = conversions(program).some(({ pkg, conversion }) => holds(pkg, conversion.from, owner, REACHED))
  return converted ? 'its field is exported, and values with it become interfaces' : null
}

interface Converted {
  readonly pkg: PackageFacts
  readonly conversion: Conversion
  readonly at: Range
}

function conversions(program: Program): Converted[] {
  return program.packages.flatMap((pkg) =>
    pkg.conversions.flatMap((conversion) => {
      const file = pkg.files[conversion.file]
      if (file === undefined || file.test) return []
      return [{ pkg, conversion, at: { file: file.path, start: conversion.span[0], end: conversion.span[1] } }]
    }),
  )
}

function whole(at: Range, owner: string, callee: string): Refusal {
  return refuse(at, `${lastName(owner)} is given whole to ${callee}`)
}

/** Whether the program encodes values of interface types: no type tells then what is encoded. */
function encodesAny(program: Program): boolean {
  return program.packages.some((pkg) =>
    pkg.funcs.some(({ stmts, test }) => !test && eventsOf(stmts).some((ev) => encodesAnything(pkg, ev))),
  )
}

/** Kinds of types that a look at a value goes through. */
const SHOWN: ReadonlySet<string> = new Set(['named', 'struct', 'array', 'slice', 'map'])
const REACHED: ReadonlySet<string> = new Set([...SHOWN, 'pointer'])

/** Whether a value of the type leads to one of the owner's type. */
function holds(
  pkg: PackageFacts,
  ref: TypeRef,
  owner: string,
  through: ReadonlySet<string>,
  seen: Set<TypeRef> = new Set(),
): boolean {
  if (seen.has(ref)) return false
  seen.add(ref)
  const type = typeAt(pkg, ref)
  if (type.kind === 'named' && type.name === owner) return true
  if (!through.has(type.kind)) return false
  const parts = [type.under, type.elem, type.key, ...(type.fields ?? []).map((field) => field.type)]
  return parts.some((part) => part !== undefined && holds(pkg, part, owner, through, seen))
}

/** Printers follow a pointer that they are given, not those inside. */
function pointee(pkg: PackageFacts, ref: TypeRef): TypeRef {
  const type = typeAt(pkg, ref)
  return type.kind === 'pointer' && type.elem !== undefined ? type.elem : ref
}

/** Whether the callee is such code, or hands values of interface types on to it. */
function looksInside(program: Program, callee: string, known: RegExp): boolean {
  if (known.test(callee)) return true
  const start = program.funcs.get(callee)
  const seen = new Set<Fn>(start && !start.pkg.standard ? [start] : [])
  for (const fn of seen) {
    for (const ev of eventsOf(fn.facts.stmts)) {
      if (ev.k === 'lit') seen.add(program.fn(fn.pkg, ev.fn))
      if (ev.k !== 'call' || ev.callee.k !== 'func' || !ev.argTypes.some((type) => isAny(fn.pkg, type))) continue
      if (known.test(ev.callee.key)) return true
      const next = program.funcs.get(ev.callee.key)
      if (next && !next.pkg.standard) seen.add(next)
    }
  }
  return false
}

function encodesAnything(pkg: PackageFacts, ev: Ev): boolean {
  if (ev.k !== 'call' || ev.callee.k !== 'func' || !ENCODES.test(ev.callee.key)) return false
  return !DECODES.test(ev.callee.key) && ev.argTypes.some((type) => isAny(pkg, type))
}

/** An interface type, or a slice or map of one. */
function isAny(pkg: PackageFacts, ref: TypeRef): boolean {
  const under = underlying(pkg, ref)
  if (under.kind === 'interface' || under.kind === 'typeparam') return true
  return (under.kind === 'slice' || under.kind === 'map') && under.elem !== undefined && isAny(pkg, under.elem)
}

/** A decoder is given the address of a local of the function: nobody else has it yet. */
function fills(pkg: PackageFacts, { callee, file, span }: Conversion): boolean {
  if (!DECODES.test(callee)) return false
  return pkg.funcs.some(
    (fn) =>
      fn.file === file &&
      eventsOf(fn.stmts).some((ev) => {
        if (ev.k !== 'call') return false
        const arg = ev.args[ev.argSpans.findIndex((at) => at[0] === span[0] && at[1] === span[1])]
        const path = arg?.k === 'path' && arg.addr ? pathAt(pkg, arg.p) : []
        const [root] = path
        return path.length === 1 && typeof root === 'number' && objectAt(pkg, root).kind === 'local'
      }),
  )
}
