/** Profiles of Go programs: which lines work on maps, allocate for them, and wait for locks. */
import { gunzipSync } from 'node:zlib'
import { Profile, type StringTable } from 'pprof-format'
import { DEEPEST, type Frame, plainFunction } from './frames.js'
import { ownFrames } from './incidents.js'
import { type MapOp, mapUse } from './mapops.js'

export type ProfileKind = 'cpu' | 'heap' | 'allocs' | 'contention' | 'goroutine' | 'other'

/** Samples of one line. */
export interface Charge {
  /** What the runtime was doing to the map; null where a profile hides the runtime (heap), and for locks. */
  readonly op: MapOp | null
  /** The method of sync that was waited in: "(*Mutex).Unlock"; "" for none. */
  readonly lock: string
  /** The line that is charged, and its callers, innermost first. */
  readonly stack: readonly Frame[]
  /** The value of --by-label's key, "" without. */
  readonly label: string
  /** Beside `types` of the profile. */
  readonly values: readonly number[]
}

export interface ChargedProfile {
  readonly kind: ProfileKind
  /** What is counted: "samples/count", "cpu/nanoseconds". */
  readonly types: readonly string[]
  /** Of all samples. */
  readonly total: readonly number[]
  readonly samples: number
  /** Lines that use maps, allocate (heap), or wait for locks (contention); the costliest first. */
  readonly charges: readonly Charge[]
}

/** Why bytes are no profile, with the byte where that shows. */
export class NoProfile extends Error {
  override readonly name = 'NoProfile'
}

/** Bytes that a profile may unpack to. */
const LARGEST = 1 << 29

/**
 * Charges the samples of a pprof profile (gzipped or not): each whose stack passes a function of the runtime for maps to the line that called
 * it. `byLabel` keeps the values of a label apart. Throws NoProfile.
 */
export function chargeProfile(bytes: Uint8Array, byLabel = ''): ChargedProfile {
  const profile = decode(unpack(bytes))
  const text = profile.stringTable.strings
  const types = profile.sampleType.map(({ type, unit }) => `${text[Number(type)]}/${text[Number(unit)]}`)
  const kind = text[Number(profile.defaultSampleType)] === 'alloc_space' ? 'allocs' : kindOf(types)
  const stackOf = stacks(profile)
  const total = types.map(() => 0)
  const charges = new Map<string, Charge & { values: number[] }>()
  for (const { locationId, value, label } of profile.sample) {
    const values = value.map(Number)
    for (const [i, n] of values.entries()) total[i] = (total[i] ?? 0) + n
    const own = label.find(({ key }) => byLabel !== '' && text[Number(key)] === byLabel)
    const charge = charged(stackOf(locationId.map(Number)), kind)
    if (charge === null) continue
    const at = charge.stack.slice(0, 2).map(({ func, file, line }) => `${plainFunction(func)} ${file}:${line}`)
    const name = own ? (text[Number(own.str)] ?? '') : ''
    const key = [charge.op, charge.lock, name, ...at].join('\0')
    const known = charges.get(key)
    if (known) for (const [i, n] of values.entries()) known.values[i] = (known.values[i] ?? 0) + n
    else if (charges.size < MOST) charges.set(key, { ...charge, label: name, values })
  }
  const cost = ({ values }: Charge): number => values.at(-1) ?? 0
  return {
    kind,
    types,
    total,
    samples: profile.sample.length,
    charges: [...charges.values()].sort((a, b) => cost(b) - cost(a)),
  }
}

/** Whether bytes begin like a profile (or anything else that was gzipped). */
export function isProfile(bytes: Uint8Array): boolean {
  return isGzip(bytes) || (bytes[0] === 0x0a && bytes.length > 8 && faultOf(bytes) === -1)
}

const MOST = 50_000

function charged(stack: readonly Frame[], kind: ProfileKind): Pick<Charge, 'op' | 'lock' | 'stack'> | null {
  if (kind === 'contention') {
    const outermost = stack.findLastIndex((frame) => LOCK.test(frame.func))
    const lock = LOCK.exec(stack[outermost]?.func ?? '')?.[1]
    return lock === undefined ? null : { op: null, lock, stack: stack.slice(outermost + 1) }
  }
  const { op, from } = mapUse(stack)
  if (op !== null) return { op, lock: '', stack: from }
  return kind === 'heap' || kind === 'allocs' ? { op: null, lock: '', stack: ownFrames(stack) } : null
}

const LOCK = /^(?:internal\/)?sync\.(\(\*(?:RW)?Mutex\)\.\w+)/

function kindOf(types: readonly string[]): ProfileKind {
  if (types.includes('cpu/nanoseconds')) return 'cpu'
  if (types.some((type) => type.startsWith('inuse_space/'))) return 'heap'
  if (types.some((type) => type.startsWith('contentions/'))) return 'contention'
  return types.some((type) => type.startsWith('goroutine/')) ? 'goroutine' : 'other'
}

/** A stack's frames by the ids of its locations, what was inlined included. */
function stacks(profile: Profile): (ids: readonly number[]) => readonly Frame[] {
  const text = ({ strings }: StringTable, at: number | bigint): string => strings[Number(at)] ?? ''
  const functions = new Map(profile.function.map((one) => [Number(one.id), one] as const))
  const locations = new Map<number, readonly Frame[]>()
  for (const { id, line } of profile.location) {
    const frames = line.map(({ functionId, line: number }): Frame => {
      const one = functions.get(Number(functionId))
      return {
        func: one ? text(profile.stringTable, one.name) : '',
        file: one ? text(profile.stringTable, one.filename) : '',
        line: Number(number),
      }
    })
    locations.set(Number(id), frames)
  }
  return (ids) => ids.slice(0, DEEPEST).flatMap((id) => locations.get(id) ?? [])
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}

function unpack(bytes: Uint8Array): Uint8Array {
  if (!isGzip(bytes)) return bytes
  try {
    return gunzipSync(bytes, { maxOutputLength: LARGEST })
  } catch (error) {
    throw new NoProfile(`it cannot be unpacked: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function decode(bytes: Uint8Array): Profile {
  const fault = faultOf(bytes)
  if (fault >= 0) throw new NoProfile(`it is no profile from byte ${fault} on (of what it unpacks to)`)
  try {
    return Profile.decode(bytes)
  } catch (error) {
    throw new NoProfile(`it is no profile: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** The byte at which a protocol buffer breaks off or makes no sense, on its outer level; -1 where it does not. */
function faultOf(bytes: Uint8Array): number {
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = bytes[at++]
      if (byte === undefined) return -1
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    return -1
  }
  while (at < bytes.length) {
    const from = at
    const tag = varint()
    const field = Math.floor(tag / 8)
    const wire = tag % 8
    // A profile has the fields 1 to 15.
    if (tag < 0 || field < 1 || field > 15 || ![0, 1, 2, 5].includes(wire)) return from
    const size = wire === 1 ? 8 : wire === 5 ? 4 : wire === 2 ? varint() : 0
    if (size < 0 || (wire === 0 && varint() < 0)) return from
    at += size
    if (at > bytes.length) return from
  }
  return bytes.length === 0 ? 0 : -1
}

/** Whether samples of an operation on a map write to it. */
export function writes(op: MapOp): boolean {
  return op === 'assign' || op === 'delete' || op === 'clear'
}
