// The function of test_languages.py in JavaScript.
import { writeFileSync } from "node:fs";

if (process.env.BROKEN) throw new RangeError("broken from the start");
let calls = 0;

export const handler = async (event, context) => {
  calls++;
  if (event.do === "fail") throw new TypeError("no good");
  if (event.do === "sleep") await new Promise((done) => setTimeout(done, 60000));
  if (event.do === "levels") {
    console.debug("finer");
    console.warn({ careful: true });
  }
  console.log("seen", event.do);
  writeFileSync("/tmp/note", "kept");
  return {
    calls, do: event.do, id: context.awsRequestId, arn: context.invokedFunctionArn, name: context.functionName, version: context.functionVersion, memory: context.memoryLimitInMB,
    group: context.logGroupName, stream: context.logStreamName, left: context.getRemainingTimeInMillis(), colour: process.env.COLOUR, tmp: true,
  };
};
