/** Code that looks into values of any type by reflection: printers, encoders, templates. It sees the lock, and takes none. */
import { lastName, objectAt, type Program, pathAt, typeAt, underlying } from '../analysis/program.js'
import type { Conversion, Ev, PackageFacts, TypeRef } from '../facts.js'
import type { Range, Refusal, SharedMap } from '../types.js'
import { argumentAt, handsOn } from './handing.js'
import { localUses } from './locals.js'
import type { Page } from './page.js'
import { type Pass, refuse } from './pass.js'
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
export function refuseReflected(pass: Pass, map: SharedMap): Refusal | null {
  const { program } = pass
  const { owner } = map.object
  if (owner === undefined) return null
  const methods = program.named.get(owner)?.facts.methods ?? []
  const printsItself = methods.some((key) => /\.(String|Error|Format|GoString|LogValue)$/.test(key))
  const encodesItself = methods.some((key) => /\.(Marshal(JSON|Text|XML|YAML|Binary)|GobEncode)$/.test(key))
  for (const { pkg, conversion, at } of conversions(program)) {
    const printed = !printsItself && holds(pkg, pointee(pkg, conversion.from), owner, SHOWN)
    if (printed && looksInside(program, pkg, conversion, PRINTS) && !namesOnly(pass, pkg, conversion))
      return whole(at, owner, conversion.callee)
    const encoded = map.object.exported && !encodesItself && holds(pkg, conversion.from, owner, REACHED)
    if (!encoded) continue
    if (looksInside(program, pkg, conversion, ENCODES) && !fills(pkg, conversion))
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

/** Whether the callee is such code, or hands the value that it is given on to it. */
function looksInside(program: Program, pkg: PackageFacts, conversion: Conversion, known: RegExp): boolean {
  if (known.test(conversion.callee)) return true
  const given = argumentAt(pkg, conversion)
  const callee = program.funcs.get(conversion.callee)
  if (callee === undefined || callee.pkg.standard) return false
  return given === undefined || handsOn(program, callee, given.index, known)
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
function fills(pkg: PackageFacts, conversion: Conversion): boolean {
  if (!DECODES.test(conversion.callee)) return false
  const given = argumentAt(pkg, conversion)
  const arg = given?.call.args[given.index]
  const path = arg?.k === 'path' && arg.addr ? pathAt(pkg, arg.p) : []
  const [root] = path
  return path.length === 1 && typeof root === 'number' && objectAt(pkg, root).kind === 'local'
}

/** Formatted as an address or the name of a type: fmt.Sprintf("[%p] ", b). */
function namesOnly(pass: Pass, pkg: PackageFacts, conversion: Conversion): boolean {
  const given = argumentAt(pkg, conversion)
  const path = pkg.files[conversion.file]?.path
  if (given === undefined || path === undefined || !/^fmt\.(Sp|P|Fp|App)?(rint|end|Error)f$/.test(conversion.callee))
    return false
  const at = /^fmt\.(Fprintf|Appendf)$/.test(conversion.callee) ? 1 : 0
  const span = given.call.argSpans[at]
  const named = span === undefined || localUses(pkg, conversion.file).at(span) !== undefined
  const format = named ? null : constantText(pass, pkg, pass.source(path).slice(span[0], span[1]))
  const verbs = format?.replaceAll('%%', '').match(/%[-+# 0]*[\d*.[\]]*\p{L}/gu) ?? []
  if (verbs.some((verb) => /[*[]/.test(verb))) return false
  return /[pT]$/.test(verbs[given.index - at - 1] ?? '')
}

/** A string literal's text, or that of the package's constant of that name. */
function constantText(pass: Pass, pkg: PackageFacts, text: string): string | null {
  const literal = /^("(?:[^"\\\n]|\\.)*"|`[^`]*`)$/
  if (literal.test(text)) return text
  if (
    !/^[\p{L}_][\p{L}\p{N}_]*$/u.test(text) ||
    pkg.objects.some(({ name, kind }) => name === text && kind === 'package')
  )
    return null
  const declared = new RegExp(String.raw`^(?:const|\t)\s*${text}\s*(?:string\s*)?=\s*(.*)$`, 'gm')
  const found = pkg.files.flatMap(({ path }) =>
    [...pass.source(path).matchAll(declared)].map(([, value]) => value ?? ''),
  )
  const [only] = found
  return only !== undefined && found.length === 1 && literal.test(only) ? only : null
}
