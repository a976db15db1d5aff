// What every client script does with its checks: says each, counts them, and ends within its time.

let passed = 0;
let failed = 0;

const shown = (seen) => (typeof seen === 'object' ? JSON.stringify(seen) : String(seen)).slice(0, 600);

/** One check; `otherwise` is what was seen instead. */
export function holds(what, truth, otherwise = '') {
  if (truth) passed += 1;
  else failed += 1;
  console.log(`${truth ? 'ok  ' : 'FAIL'} ${what}${truth ? '' : ` (${shown(otherwise)})`}`);
}

export const anyFailed = () => failed > 0;

/** Runs `main`, says how many checks held, and ends the process: with 1 if one did not, or if it took longer than `limit`. */
export async function checks(limit, main) {
  setTimeout(() => {
    console.error(`FAIL not done after ${limit} ms`);
    process.exit(1);
  }, limit).unref();
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  try {
    await main();
  } catch (error) {
    failed += 1;
    console.error(`FAIL ${error.stack}`);
  }
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed === 0 ? 0 : 1);
}
