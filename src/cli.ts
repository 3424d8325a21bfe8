/** Placeholder entry until the commands land. */
export async function main(): Promise<void> {
  process.exitCode = 2
}
