// `npm test`: everything, from a fresh clone on. Arguments go to jest.
import { build, install, must } from './ready.mjs'

install()
build()
must(process.execPath, [
  '--experimental-vm-modules',
  '--no-warnings=ExperimentalWarning',
  'node_modules/jest/bin/jest.js',
  ...process.argv.slice(2),
])
