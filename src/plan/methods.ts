/** The methods of a map wrapped with its lock; the name says what they do. transforms/runtime has their text. */
export type Method = 'Get' | 'Load' | 'Store' | 'LoadAndDelete' | 'Delete' | 'Clear' | 'Len' | 'Keys' | 'View' | 'Do'

export type LockKind = 'rwmutex' | 'mutex'
