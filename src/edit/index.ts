/** Text edits, imports, names and patches. */
export { applyEdits } from './apply.js'
export { type FileChange, type Hunk, hunks, lineEdits, unifiedDiff } from './diff.js'
export { conflicts, firstConflict, isImport, sortEdits } from './edits.js'
export { dropImportEdits, importEdits } from './imports.js'
export { freshName } from './names.js'
