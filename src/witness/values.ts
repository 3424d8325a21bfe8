/** Values that a test passes, made by type: small ones, that vary from turn to turn and come back. */
import { namedKey, type Program, pathAt, typeAt, underlying } from '../analysis/program.js'
import { flowOf } from '../analysis/walk.js'
import type { PackageFacts, TypeFacts, TypeRef } from '../facts.js'
import { importsOf, isNameable, type Typing, typeText } from './gotypes.js'
import { wellKnown } from './wellknown.js'

/** A Go expression. */
export interface Value {
  readonly text: string
  /** Import paths. */
  readonly imports: readonly string[]
  /** What was put in place of something that can't be made: "nil for a *sql.Conn". */
  readonly guesses: readonly string[]
}

/** Where a value is needed. */
export interface Need {
  /** In a loop over i, where each turn has a value of its own. */
  readonly varies: boolean
  /** Distinguishes values of one type that stand side by side. */
  readonly seed: number
  readonly depth: number
}

/** Makes values of the types of one package. */
export interface Maker {
  readonly typing: Typing
  readonly program: Program
  /** Functions that it makes return errors. */
  readonly failing: boolean
  /** An int that values that vary are made of: "i%8". */
  readonly turn: string
  /** An object that is there already, or that the package has a constructor for; null: neither. */
  object(ref: TypeRef, need: Need): Value | null
}

/** How deep values are made of values. */
const DEEPEST = 3
/** Elements of slices. */
const ELEMENTS = 3
/** Values waiting in a channel. */
const QUEUED = 8

/** A value of the type. What cannot be made is nil, or a zero value, and among the guesses. */
export function makeValue(maker: Maker, ref: TypeRef, need: Need): Value {
  const { typing } = maker
  const type = typeAt(typing.pkg, ref)
  const known = wellKnown(identity(typing, ref), need.varies)
  if (known) return { ...known, guesses: known.guess ? [`${known.text} for a ${type.text}`] : [] }
  const text = typeText(typing, ref)
  const under = underlying(typing.pkg, ref)
  const typed = (value: string): Value => ({ text: value, imports: importsOf(typing, ref), guesses: [] })
  if (!isNameable(typing.pkg, ref)) return guess('nil', type)
  const made = maker.object(ref, need)
  if (made) return made
  switch (type.kind === 'typeparam' ? 'basic' : under.kind) {
    case 'basic':
      return basic(type.kind === 'typeparam' ? text : (under.basic ?? ''), text, { ...need, turn: maker.turn }, typed)
    case 'slice':
      return sliceOf(maker, ref, under, need)
    case 'map': {
      if (under.key === undefined || under.elem === undefined) return typed(`${text}{}`)
      const [key, elem] = [deeper(maker, under.key, need), deeper(maker, under.elem, need)]
      return elem.guesses.length > 0
        ? typed(`${text}{}`)
        : join([key, elem], (k, v) => `${text}{${k}: ${v}}`, typed(''))
    }
    case 'array':
      return typed(`${text}{}`)
    case 'struct':
      return structOf(maker, ref, need)
    case 'pointer':
      return pointerTo(maker, ref, under, need)
    case 'chan':
      return channel(maker, ref, under, need)
    case 'func':
      return stub(maker, under)
    default:
      return /^(any|interface ?\{\})$/.test(under.text)
        ? { text: need.varies ? 'i' : '1', imports: [], guesses: [] }
        : implementation(maker, ref, need)
  }
}

/** What the fields of a struct are given: its basic ones and functions; with `whole`, all that must not be nil. */
export function fieldsOf(maker: Maker, ref: TypeRef, need: Need, whole: boolean): Value {
  const { typing } = maker
  const given: Value[] = []
  for (const field of underlying(typing.pkg, ref).fields ?? []) {
    const { kind } = underlying(typing.pkg, field.type)
    const name = identity(typing, field.type)
    if (field.name === '_' || field.embedded || /^sync(\/atomic)?\./.test(name)) continue
    const own = namedKey(typing.pkg, field.type).startsWith(`${typing.pkg.path}.`)
    const wanted = whole
      ? kind === 'map' || kind === 'chan' || kind === 'func' || (kind === 'pointer' && own)
      : kind === 'basic' || kind === 'func'
    if (!wanted || (whole && isMadeLater(maker, field.obj))) continue
    const value =
      whole && (kind === 'map' || kind === 'chan') ? emptyOf(typing, field.type, kind) : deeper(maker, field.type, need)
    if (value.guesses.length === 0) given.push({ ...value, text: `${field.name}: ${value.text}` })
  }
  return { text: given.map((v) => v.text).join(', '), imports: given.flatMap((v) => v.imports), guesses: [] }
}

function emptyOf(typing: Typing, ref: TypeRef, kind: string): Value {
  const text = typeText(typing, ref)
  return {
    text: kind === 'chan' ? `make(${text}, ${QUEUED})` : `make(${text})`,
    imports: importsOf(typing, ref),
    guesses: [],
  }
}

const madeLater = new WeakMap<PackageFacts, ReadonlySet<number>>()

/** Whether some function gives the field a map: an object without one is ready for use. */
function isMadeLater({ program, typing: { pkg } }: Maker, field: number): boolean {
  const known = madeLater.get(pkg)
  if (known) return known.has(field)
  const made = new Set<number>()
  for (const fn of program.fns(pkg)) {
    for (const { ev } of flowOf(fn).sites) {
      const step = ev.k === 'acc' && ev.op === 'replace' ? pathAt(pkg, ev.p).at(-1) : undefined
      if (typeof step === 'number') made.add(step)
    }
  }
  madeLater.set(pkg, made)
  return made.has(field)
}

/** "*net/http.Request": pointers, and the key of what they lead to. */
function identity({ pkg }: Typing, ref: TypeRef): string {
  const type = typeAt(pkg, ref)
  if (type.kind === 'pointer' && type.elem !== undefined) return `*${identity({ pkg, given: new Map() }, type.elem)}`
  return type.kind === 'named' ? (type.name ?? type.text) : type.text
}

function basic(
  kind: string,
  text: string,
  { varies, seed, turn }: Need & Pick<Maker, 'turn'>,
  typed: (text: string) => Value,
): Value {
  const cast = (value: string, plain: string): Value => typed(text === plain || !varies ? value : `${text}(${value})`)
  if (kind === 'string') {
    if (!varies) return typed(`"${'abcdefgh'.charAt(seed % 8)}"`)
    const value = cast(`"key" + strconv.Itoa(${turn})`, 'string')
    return { ...value, imports: [...value.imports, 'strconv'] }
  }
  if (kind === 'bool') return typed(varies ? (text === 'bool' ? 'i%2 == 0' : `${text}(i%2 == 0)`) : 'true')
  if (/^(u?int(8|16|32|64)?|uintptr|byte|rune)$/.test(kind)) return varies ? cast(turn, 'int') : typed(String(seed + 1))
  if (/^float/.test(kind)) return varies ? typed(`${text}(${turn})`) : typed(String(seed + 1))
  return typed(/^complex/.test(kind) ? '1' : 'nil')
}

function sliceOf(maker: Maker, ref: TypeRef, under: TypeFacts, need: Need): Value {
  const text = typeText(maker.typing, ref)
  const imports = importsOf(maker.typing, ref)
  if (under.elem === undefined || need.depth > DEEPEST) return { text: 'nil', imports: [], guesses: [] }
  if (/^(byte|uint8)$/.test(underlying(maker.typing.pkg, under.elem).basic ?? ''))
    return need.varies
      ? { text: `${text}("key" + strconv.Itoa(${maker.turn}))`, imports: [...imports, 'strconv'], guesses: [] }
      : { text: `${text}("a")`, imports, guesses: [] }
  const { elem } = under
  const elems = Array.from({ length: ELEMENTS }, (_, seed) =>
    makeValue(maker, elem, { varies: need.varies && seed === 0, seed, depth: need.depth + 1 }),
  )
  if (elems.some((v) => v.guesses.length > 0)) return { text: 'nil', imports: [], guesses: [] }
  return join(elems, (...all) => `${text}{${all.join(', ')}}`, { text: '', imports, guesses: [] })
}

function structOf(maker: Maker, ref: TypeRef, need: Need): Value {
  const own = namedKey(maker.typing.pkg, ref).startsWith(`${maker.typing.pkg.path}.`)
  const text = typeText(maker.typing, ref)
  const fields =
    own && need.depth < DEEPEST
      ? fieldsOf(maker, ref, { ...need, depth: need.depth + 1 }, false)
      : { text: '', imports: [] }
  return { text: `${text}{${fields.text}}`, imports: [...importsOf(maker.typing, ref), ...fields.imports], guesses: [] }
}

function pointerTo(maker: Maker, ref: TypeRef, under: TypeFacts, need: Need): Value {
  const { typing } = maker
  if (under.elem === undefined) return guess('nil', under)
  if (underlying(typing.pkg, under.elem).kind === 'struct') {
    const value = structOf(maker, under.elem, need)
    const own = namedKey(typing.pkg, ref).startsWith(`${typing.pkg.path}.`)
    const text = `&${value.text}`
    return { ...value, text, guesses: own ? [] : [`${text} for a ${under.text}`] }
  }
  return { text: `new(${typeText(typing, under.elem)})`, imports: importsOf(typing, under.elem), guesses: [] }
}

/** Channels to send to have room; those to receive from hold some values, and are closed where someone waits for their end. */
function channel(maker: Maker, ref: TypeRef, under: TypeFacts, need: Need): Value {
  const text = typeText(maker.typing, ref)
  const imports = importsOf(maker.typing, ref)
  if (under.elem === undefined) return guess('nil', under)
  const elem = typeText(maker.typing, under.elem)
  if (!text.startsWith('<-chan') || elem === 'struct{}')
    return { text: `make(chan ${elem}, 100)`, imports, guesses: [] }
  const value = deeper(maker, under.elem, { ...need, varies: true })
  const fill = `for i := 0; i < cap(c); i++ {\nc <- ${value.text}\n}\n`
  const body = `c := make(chan ${elem}, ${QUEUED})\n${fill}${need.varies ? 'close(c)\n' : ''}return c\n`
  return { text: `func() ${text} {\n${body}}()`, imports: [...imports, ...value.imports], guesses: value.guesses }
}

/** A function that does nothing. */
function stub(maker: Maker, under: TypeFacts): Value {
  const { typing } = maker
  const params = (under.params ?? []).map((p, i, all) =>
    under.variadic && i === all.length - 1 ? `...${typeText(typing, p).slice(2)}` : typeText(typing, p),
  )
  const results = under.elems ?? []
  if (![...(under.params ?? []), ...results].every((t) => isNameable(typing.pkg, t))) return guess('nil', under)
  const error: Value = { text: 'errors.New("failed")', imports: ['errors'], guesses: [] }
  const values = results.map((t) =>
    maker.failing && namedKey(typing.pkg, t) === 'error'
      ? error
      : makeValue(maker, t, { varies: false, seed: 0, depth: DEEPEST }),
  )
  const texts = results.map((t) => typeText(typing, t))
  const signature = `func(${params.join(', ')}) ${texts.length > 1 ? `(${texts.join(', ')})` : texts.join('')}`
  const body = values.length === 0 ? '{}' : `{ return ${values.map((v) => v.text).join(', ')} }`
  const imports = [...(under.params ?? []), ...results].flatMap((t) => importsOf(typing, t))
  return { text: `${signature} ${body}`, imports: [...imports, ...values.flatMap((v) => v.imports)], guesses: [] }
}

/** A value of a type that the program itself uses as this interface. */
function implementation(maker: Maker, ref: TypeRef, need: Need): Value {
  const { typing } = maker
  const { pkg } = typing
  const type = typeAt(pkg, ref)
  if (need.depth < DEEPEST) {
    for (const { from, to } of pkg.conversions) {
      if (to !== ref || underlying(pkg, from).kind === 'interface' || !isNameable(pkg, from)) continue
      const value = makeValue(maker, from, { ...need, depth: need.depth + 1 })
      if (value.guesses.length === 0) return value
    }
  }
  return guess('nil', type)
}

function guess(text: string, type: TypeFacts): Value {
  return { text, imports: [], guesses: [`${text} for a ${type.text}`] }
}

function deeper(maker: Maker, ref: TypeRef, need: Need): Value {
  return makeValue(maker, ref, { ...need, depth: need.depth + 1 })
}

function join(parts: readonly Value[], text: (...texts: string[]) => string, base: Value): Value {
  return {
    text: text(...parts.map((v) => v.text)),
    imports: [...base.imports, ...parts.flatMap((v) => v.imports)],
    guesses: parts.flatMap((v) => v.guesses),
  }
}
