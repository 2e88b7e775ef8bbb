// Starts AWS's runtime client (aws-lambda-ric). Its native HTTP client, which would have to be compiled on every machine, is replaced by
// rapid-client.js: the loader gives that file for the addon, once, and is then as it was.
import { createRequire } from "node:module";

const Module = createRequire(import.meta.url)("node:module");
const resolve = Module._resolveFilename;
Module._resolveFilename = function (request, ...rest) {
  if (request !== "./rapid-client.node") return resolve.call(this, request, ...rest);
  Module._resolveFilename = resolve;
  return "/var/runtime/rapid-client.js";
};

const { run } = await import("/var/runtime/node_modules/aws-lambda-ric/dist/index.mjs");
await run(process.env.LAMBDA_TASK_ROOT, process.env._HANDLER);
