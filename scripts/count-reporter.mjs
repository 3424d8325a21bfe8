/** Prints, as the very last line of a jest run, how many tests passed, failed and were skipped. */
export default class CountReporter {
  onRunComplete(_contexts, results) {
    const skipped = results.numPendingTests + results.numTodoTests
    // A suite that does not load has no tests to count, but it has failed.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites
    process.on('exit', () => {
      process.stdout.write(`${results.numPassedTests} passed, ${failed} failed, ${skipped} skipped\n`)
    })
  }
}
