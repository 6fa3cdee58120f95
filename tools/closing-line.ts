/** Prints the totals of the last test runs as one line: `N passed, N failed, N skipped`. Exits with 1 when a test failed or none ran. */
import { testTotals } from "./lib/test-results.ts";

const { passed, failed, skipped } = testTotals();
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
