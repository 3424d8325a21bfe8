/** What is left to be edited once every function is planned: first values, and accesses that no plan has touched. */
import type { Ev } from '../facts.js'
import type { Refusal, SharedMap, TextEdit } from '../types.js'
import { type Container, nameOf } from './container.js'
import { argumentsAt, wrapValue } from './declare.js'
import { containerValue, type Making } from './methods/declare.js'
import { unusedImports } from './methods/tidy.js'
import type { Method } from './methods.js'
import type { Page } from './page.js'
import { isRefusal, refuse } from './pass.js'
import { asField } from './sites.js'

export interface Rest {
  readonly edits: readonly TextEdit[]
  readonly methods: readonly Method[]
}

type Pages = (path: string) => Page

/** The map inside the wrapper, at every access that is not rewritten yet, and first values in one. */
export function respelled(
  maps: readonly SharedMap[],
  rewritten: ReadonlySet<Ev>,
  container: Container,
  page: Pages,
): Rest | Refusal {
  const edits: TextEdit[] = []
  for (const map of maps) {
    const seen = new Set<string>()
    for (const access of map.accesses) {
      const { file: path, start, end } = access.range
      const id = `${path}:${access.operand.start}:${start}:${end}:${access.op === 'init'}`
      if (rewritten.has(access.event) || seen.has(id)) continue
      seen.add(id)
      const at = page(access.range.file)
      if (access.alias && access.op === 'init') continue
      if (access.op !== 'init' || access.alias || access.depth > 0) {
        edits.push(...asField(at, access, container.fields.map))
        continue
      }
      if (access.event.k !== 'acc' || access.event.val === undefined) continue
      const args = argumentsAt(access)
      if (args === null) return refuse(access.range, 'the type of its value cannot be spelled here')
      const file = access.pkg.files.find(({ path }) => path === at.path)
      const named = file === undefined ? null : nameOf(container, access.pkg, file, at.text)
      if (named === null) return refuse(access.range, `${container.importPath} cannot be imported here`)
      edits.push(...named.edits, ...wrapValue(at, access, `${named.name}[${args}]`, container.fields.map))
    }
  }
  return { edits, methods: [] }
}

/** First values as containers, and no import whose last uses are `unnamed`, by the file that had them. */
export function valued(
  maps: readonly SharedMap[],
  making: Making,
  unnamed: ReadonlyMap<Page, readonly string[]>,
  page: Pages,
): Rest | Refusal {
  const edits: TextEdit[] = []
  const methods: Method[] = []
  const seen = new Set<string>()
  for (const access of maps.flatMap((map) => map.accesses)) {
    const id = `${access.range.file}:${access.range.start}:${access.range.end}`
    if (access.op !== 'init' || access.alias || access.depth > 0 || seen.has(id)) continue
    seen.add(id)
    const value = containerValue(page(access.range.file), access, making)
    if (isRefusal(value)) return value
    edits.push(...value.edits)
    methods.push(...value.methods)
  }
  for (const [at, names] of unnamed) edits.push(...unusedImports(maps, at, names))
  return { edits, methods }
}
