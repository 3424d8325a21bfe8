// A migration: every module below some folders gets RWMutexes, in patches, but only where a proof could run.
//   node examples/migrate.mjs ../services ../libs
import { batch } from 'mapfix'

const stop = new AbortController()
process.once('SIGINT', () => stop.abort())

const { units, made } = await batch({
  roots: process.argv.slice(2),
  transform: 'rwmutex',
  minConfidence: 'likely',
  output: 'patch',
  out: 'patches',
  signal: stop.signal,
  approve: async ({ subjects }) => subjects.length <= 20, // more is for people to look at first
  onEvent: (event) => event.kind === 'unit' && console.error(`${event.record.unit}: ${event.record.state}`),
})
for (const { name, fixes } of made) console.log(`${name}: ${fixes} fixes`)
for (const { unit, trouble } of units) if (trouble) console.log(`${unit}: ${trouble.message}\n  ${trouble.advice}`)
