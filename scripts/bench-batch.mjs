// `npm run bench-batch`: builds, then measures batches (bench/README.md).
import { build, install, must } from './ready.mjs'

install()
build()
must(process.execPath, ['dist/bench/batch.js', ...process.argv.slice(2)])
