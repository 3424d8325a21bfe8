// `npm run bench`: builds, then measures (bench/README.md).
import { build, install, must } from './ready.mjs'

install()
build()
must(process.execPath, ['dist/bench/main.js', ...process.argv.slice(2)])
