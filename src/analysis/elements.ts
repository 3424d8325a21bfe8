/** Maps that are elements of an array or slice: one variable, many maps. */
import { type AbsPath, isField, type KnownObject } from './paths.js'
import { typeAt } from './program.js'

/** What a variable or field of map type is made of: one map, the elements of an array or slice, or no maps at all. */
export function mapsIn({ pkg, facts }: Pick<KnownObject, 'pkg' | 'facts'>): 'one' | 'elements' | 'none' {
  let type = typeAt(pkg, facts.type)
  let elements = false
  // A named slice of pointers to named maps is as deep as it gets.
  for (let i = 0; i < 6 && type.kind !== 'map'; i++) {
    elements ||= type.kind === 'array' || type.kind === 'slice'
    const next = type.kind === 'named' ? type.under : INDIRECT.has(type.kind) ? type.elem : undefined
    if (next === undefined) return 'none'
    type = typeAt(pkg, next)
  }
  if (type.kind !== 'map') return 'none'
  return elements ? 'elements' : 'one'
}

const INDIRECT: ReadonlySet<string> = new Set(['pointer', 'array', 'slice'])

/** Whether two ways lead to one element: a loop over all of them meets each; of two indices only constants can be compared. */
export function sameElement(a: AbsPath, b: AbsPath): 'same' | 'apart' | 'unsure' {
  const [x, y] = [indexOf(a), indexOf(b)]
  if (x === '*range' || y === '*range') return 'same'
  if (!isConstant(x) || !isConstant(y)) return 'unsure'
  return x === y ? 'same' : 'apart'
}

/** Whether the step takes an element, or receives a value, that need not be the same each time. */
export function varies(step: string): boolean {
  return step.startsWith('*') || step === '<-' || (step.startsWith('[') && !isConstant(step))
}

function indexOf({ steps }: AbsPath): string {
  return steps[steps.findLastIndex(isField) + 1] ?? ''
}

function isConstant(step: string): boolean {
  return /^\[\d+\]$/.test(step)
}
