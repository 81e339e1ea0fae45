// Reads a JSON list of statements; writes a list with the errors that a grammar (TrinoSQL, HiveSQL) finds in each.
import { register } from 'node:module';
import { pathToFileURL } from 'node:url';

register('./trino_resolve.mjs', import.meta.url);
const entry = `${process.argv[2]}/node_modules/dt-sql-parser/dist/index.js`;
const grammars = await import(pathToFileURL(entry));
const parser = new grammars[process.argv[3]]();
let text = '';
for await (const chunk of process.stdin) text += chunk;
const told = JSON.parse(text).map((sql) =>
  parser.validate(sql).map((one) => `${one.startLine}:${one.startColumn} ${one.message}`));
console.log(JSON.stringify(told));
