// npm run new-transform NAME: a transform that works, to be made another, with a case that it does and one that it refuses.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root as here } from './ready.mjs'

const [name = '', into = here] = process.argv.slice(2)
const index = join(into, 'transforms/index.ts')
const fail = (text) => {
  console.error(text)
  process.exit(2)
}
if (!/^[a-z][a-z0-9]*$/.test(name))
  fail('usage: npm run new-transform NAME, in lower case: it is a flag, a file and a constant')
if (existsSync(join(into, `transforms/${name}.ts`))) fail(`transforms/${name}.ts is there already`)

const files = {
  [`transforms/${name}.ts`]: `import type { Transform } from '../src/plan/transform.js'
import { chooseLock } from './locked.js'

/**
 * One line that says what a map becomes.
 *
 * Before: a line of Go
 * After:  what it is then
 *
 * Safe because of this. Refuses that.
 */
export const ${name}: Transform = {
  name: '${name}',
  doc: 'what --help and the README say of it',
  choose: (group, job) => chooseLock(group, 'rwmutex', job),
}
`,
  [`fixtures/${name}/done.txtar`]: `A case that it does.
-- s.go --
package p

type store struct{ items map[string]int }

func (s *store) get(key string) int { return s.items[key] }
`,
  [`fixtures/${name}/refused.txtar`]: `A case that it refuses.
-- s.go --
package p

type store struct{ items map[string]int }

func (s *store) all() map[string]int { return s.items }
`,
}
for (const [path, text] of Object.entries(files)) {
  mkdirSync(dirname(join(into, path)), { recursive: true })
  writeFileSync(join(into, path), text)
}
const listed = readFileSync(index, 'utf8').replace(
  /(\n\nexport const transforms[^=]*= \[[^\]]*)\]/,
  `\nimport { ${name} } from './${name}.js'$1, ${name}]`,
)
writeFileSync(index, listed)
console.log(`transforms/${name}.ts stands in transforms/index.ts, and has two cases in fixtures/${name}/. Now
  say in transforms/${name}.ts what it does, and choose;
  UPDATE=1 npm test -- test/fixtures.test.ts -t ${name}, and read what it makes of the cases;
  name it in src/commands/help.ts and README.md.`)
