/** How the programs' maps, keys and values are spelled. */
import type { Func, Holder, Key, MapDecl, Program, Value } from './program.js'

/** A map of a program, under its name. */
export interface NamedMap extends MapDecl {
  readonly name: string
  readonly holder: number
}

const MAPS = ['items', 'hits', 'index', 'seen']
const HOLDERS = ['Store', 'Cache']

export const ELEMENT: Readonly<Record<Value, string>> = {
  int: 'int',
  string: 'string',
  slice: '[]int',
  pointer: '*item',
  struct: 'item',
  map: 'map[string]int',
  func: 'func(int) int',
  any: 'any',
  bool: 'bool',
}

const STRINGS = ['"a"', '"b"', 'key', '"c"', 'key', 'name(n)', 'key + "x"', '"a"', 'key', 'pick(n)', 'key[:1]', '"b"']
const INTS = ['n', '0', '1', 'n', 'len(key)', 'n + 1', '2', 'n', '1', 'tick()', '0', 'n * 2']
const POINTS = ['point{n, 0}', 'point{1, 2}', 'point{x: len(key)}', 'point{0, n}', 'point{}', 'point{x: tick()}']

/** All maps, in order. */
export function mapsOf(program: Program): NamedMap[] {
  return program.holders
    .flatMap((holder, at) => holder.maps.map((map) => ({ ...map, holder: at })))
    .map((map, i) => ({ ...map, name: MAPS[i] ?? `map${i}` }))
}

export function typeName(holder: number): string {
  return HOLDERS[holder] ?? 'Other'
}

/** The variable that holds the struct. */
export function instance(holder: number): string {
  return typeName(holder).toLowerCase()
}

/** The holder's own lock, seen from the method of `receiver` (-1: from elsewhere). */
export function lockName(program: Program, holder: number, receiver: number): string {
  if (program.holders[holder]?.place === 'variable') return `${instance(holder)}Mu`
  return `${receiver === holder ? 's' : instance(holder)}.mu`
}

export function mapPath(program: Program, map: NamedMap, receiver: number): string {
  if (program.holders[map.holder]?.place === 'variable') return map.name
  return `${receiver === map.holder ? 's' : instance(map.holder)}.${map.name}`
}

/** The key type as the declaration, or a method of its struct, has it. */
export function keyType(holder: Holder | undefined, key: Key, inside: boolean): string {
  return key === 'string' && inside && holder?.place === 'generic' ? 'K' : key
}

/** The type of the map, inside its struct or elsewhere. */
export function mapType(program: Program, map: NamedMap, inside: boolean): string {
  return `map[${keyType(program.holders[map.holder], map.key, inside)}]${ELEMENT[map.value]}`
}

/** A key, chosen by number; `pure` ones may be evaluated twice. */
export function keyText(type: string, number: number, pure: boolean): string {
  const of = (from: readonly string[]): string => {
    const found = from[number % from.length] ?? ''
    return pure && /pick|tick/.test(found) ? (from[0] ?? '') : found
  }
  switch (type) {
    case 'int':
      return of(INTS)
    case 'point':
      return of(POINTS)
    case 'ID':
    case 'K':
      return `${type}(${of(STRINGS)})`
    case 'any':
      return number === 11 ? '[]int{n}' : number % 3 === 1 ? of(INTS) : of(STRINGS)
    default:
      return of(STRINGS)
  }
}

/** A value of the type, made from an int. */
export function valueText(value: Value, e: string): string {
  switch (value) {
    case 'int':
    case 'any':
      return e
    case 'string':
      return `name(${e})`
    case 'slice':
      return `[]int{${e}}`
    case 'pointer':
      return `&item{n: ${e}}`
    case 'struct':
      return `item{n: ${e}}`
    case 'map':
      return `map[string]int{"a": ${e}}`
    case 'func':
      return `adder(${e})`
    case 'bool':
      return `${e} > 1`
  }
}

/** An int that a value of the type shows. It panics for nil pointers and functions. */
export function viewText(value: Value, v: string): string {
  switch (value) {
    case 'int':
      return v
    case 'string':
    case 'slice':
    case 'map':
      return `len(${v})`
    case 'pointer':
    case 'struct':
      return `${v}.n`
    case 'func':
      return `${v}(1)`
    case 'any':
      return `number(${v})`
    case 'bool':
      return `bit(${v})`
  }
}

/** A trace of the value: of what it leads to, or is shared with, no more than whether it is there. */
export function shown({ value }: NamedMap, v: string): string {
  return value === 'pointer' || value === 'func' || value === 'map' || value === 'slice'
    ? `trace(${v} == nil)`
    : `trace(${v})`
}

/** The function as it is called from a method of `receiver`, or from elsewhere. */
export function calleeName(program: Program, index: number, receiver: number): string {
  const func = program.funcs[index]
  const holder = func === undefined ? -1 : receiverOf(program, func)
  if (holder < 0) return `f${index}`
  return mapPath(program, { name: `f${index}`, holder, key: 'int', value: 'int', start: 'nil' }, receiver)
}

/** The holder whose method the function is; -1 if it is none. */
export function receiverOf(program: Program, func: Func): number {
  const holder = func.holder % program.holders.length
  return func.holder > 8 || program.holders[holder]?.place === 'variable' ? -1 : holder
}

/** The lines that take the locks of all holders, where there are any. */
export function locking(program: Program, func: Func, receiver: number): string[] {
  if (!func.locked) return []
  return program.holders.flatMap(({ lock }, holder) => {
    const name = lockName(program, holder, receiver)
    return lock === 'none' ? [] : [`${name}.Lock()`, `defer ${name}.Unlock()`]
  })
}

/** The functions that programs may use, by name. */
export const HELPERS: Readonly<Record<string, string>> = {
  ID: 'type ID string',
  point: 'type point struct{ x, y int }',
  item: 'type item struct{ n int }\n\nfunc (i *item) bump(by int) {\n\ti.n += by\n}',
  name: "func name(n int) string {\n\treturn string(rune('a' + n&3))\n}",
  pick: 'func pick(n int) string {\n\ttrace("pick", n)\n\treturn name(n)\n}',
  tick: 'var ticks int\n\nfunc tick() int {\n\tticks++\n\ttrace("tick", ticks)\n\treturn ticks & 3\n}',
  adder: 'func adder(by int) func(int) int {\n\treturn func(n int) int {\n\t\treturn n + by\n\t}\n}',
  number: 'func number(v any) int {\n\tn, _ := v.(int)\n\treturn n\n}',
  bit: 'func bit(b bool) int {\n\tif b {\n\t\treturn 1\n\t}\n\treturn 0\n}',
  first: 'func first(n int, ok bool) int {\n\tif ok {\n\t\treturn n\n\t}\n\treturn -n\n}',
  two: 'func two(n int) (int, int) {\n\ttrace("two", n)\n\treturn n, n + 1\n}',
  trace: 'var lines [][]any\n\nfunc trace(v ...any) {\n\tlines = append(lines, v)\n}',
}
