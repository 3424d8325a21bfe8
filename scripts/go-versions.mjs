// `npm run go-versions`: the differential test with every Go version, from the module proxy. Takes long. From 1.21 on mapfix itself runs with that
// toolchain, gofacts is built by it; before that, it builds and runs the programs. Arguments go to `npm run differential`.
import { spawnSync } from 'node:child_process'
import { build, install, root } from './ready.mjs'

const OLD = ['1.16.15', '1.17.13', '1.18.10', '1.19.13', '1.20.14']
const NEW = ['1.21.13', '1.22.12', '1.23.12', '1.24.13', '1.25.7']

install()
build()
const rows = [
  ...OLD.map((version) => run(version, process.env, ['--build-with', `go${version}`])),
  ...NEW.map((version) => run(version, { ...process.env, GOTOOLCHAIN: `go${version}` }, [])),
]
for (const { version, said } of rows) console.log(`go${version}: ${said}`)
process.exitCode = rows.every(({ ok }) => ok) ? 0 : 1

function run(version, env, how) {
  const go = version.split('.').slice(0, 2).join('.')
  const args = ['dist/differential/main.js', '--programs', '48', '--go', go, ...how, ...process.argv.slice(2)]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, env, encoding: 'utf8' })
  console.error(`go${version}\n${stdout}${stderr}`)
  const said = /\d+ compound uses listed; \d+ failures/.exec(stdout)?.[0] ?? stderr.trim().split('\n').at(-1)
  return { version, said, ok: status === 0 }
}
