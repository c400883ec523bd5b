// Holds an OpenAPI document to the recommended rules of Redocly's linter: node lint.mjs FILE. Prints what it finds, and ends with 1 when that is anything.
// An operation that succeeds by becoming a WebSocket (101) needs no answer of the two hundreds.
import { readFileSync } from 'node:fs';
import { createConfig, lint } from '@redocly/openapi-core';

const config = await createConfig({ extends: ['recommended'] });
const document = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const at = (pointer) =>
  pointer
    .split('/')
    .slice(1)
    .reduce((value, step) => value?.[step.replaceAll('~1', '/').replaceAll('~0', '~')], document);
const becomesWebSocket = ({ ruleId, location: [where] }) =>
  ruleId === 'operation-2xx-response' && at(where.pointer ?? '')?.['101'] !== undefined;
const found = (await lint({ ref: process.argv[2], config })).filter((problem) => !becomesWebSocket(problem));
for (const problem of found) {
  const [where] = problem.location;
  console.log(`${problem.severity} ${problem.ruleId} ${where.pointer ?? ''} ${problem.message}`);
}
console.log(`${found.length} problems`);
process.exit(found.length === 0 ? 0 : 1);
