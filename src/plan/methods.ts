/** The methods that stand for a map's uses; the name says what they do. transforms/runtime has their text. */

/** Of a map wrapped with its lock. */
export type LockedMethod =
  | 'Get'
  | 'Load'
  | 'Store'
  | 'LoadAndDelete'
  | 'Delete'
  | 'Clear'
  | 'Len'
  | 'Keys'
  | 'View'
  | 'Do'

/** Of a container in the map's place, which shows no map. `Of` makes one from a map; `lock` and `rlock` hold the shard of one key. */
export type AtomicMethod =
  | 'Of'
  | 'Get'
  | 'Load'
  | 'Store'
  | 'LoadOrStore'
  | 'LoadOrCompute'
  | 'LoadAndDelete'
  | 'Swap'
  | 'Update'
  | 'Delete'
  | 'DeleteFunc'
  | 'Copy'
  | 'Clear'
  | 'Len'
  | 'Range'
  | 'Snapshot'
  | 'lock'
  | 'rlock'

export type Method = LockedMethod | AtomicMethod

export type LockKind = 'rwmutex' | 'mutex'

/** What takes the map's place. */
export type ContainerKind = LockKind | 'sharded' | 'syncmap'
