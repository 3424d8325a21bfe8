// `npm run differential`: builds, then rewrites programs that are made up, and compares what they do (--help).
import { build, install, must } from './ready.mjs'

install()
build()
must(process.execPath, ['dist/differential/main.js', ...process.argv.slice(2)])
