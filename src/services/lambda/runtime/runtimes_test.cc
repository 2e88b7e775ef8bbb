// Functions in the languages that are installed here. A language that is missing is skipped with a line that says so.
#include "services/lambda/runtime/environments.h"

#include "services/lambda/runtime/interpreters.h"
#include "services/lambda/runtime/test_support.h"

namespace fogbank::lambda::runtime {
namespace {

using test::cannot_run;
using test::Host;
using Kind = Outcome::Kind;

bool missing(Host& h, const FunctionSpec& f) {
  auto report = h.environments().check(f);
  if (!report) printf("skipped: functions in %s: %s\n", f.runtime.c_str(), report.error().message.c_str());
  return !report;
}

TEST_CASE("the_nearest_interpreter_stands_for_a_version") {
  bool exact = false;
  CHECK(nearest_version("3.11", {"3.10.13", "3.11.7", "3.12.1"}, exact) == 1);
  CHECK(exact);
  CHECK(nearest_version("3.14", {"3.10.13", "3.11.7", "3.12.1"}, exact) == 2);
  CHECK_FALSE(exact);
  CHECK(nearest_version("3.9", {"3.12.1", "3.10.13"}, exact) == 1);
  CHECK(nearest_version("3.11", {"3.10.13", "3.12.1"}, exact) == 1);   // equally far: the newer
  CHECK(nearest_version("22", {"18.1.0", "20.20.2"}, exact) == 1);
  CHECK(nearest_version("17", {"17.0.15"}, exact) == 0);
  CHECK(exact);
  CHECK(nearest_version("17", {}, exact) == -1);
  CHECK_FALSE(exact);
  CHECK(parse_runtime("nodejs22.x")->version == "22");
  CHECK(parse_runtime("java8.al2")->version == "8");
  CHECK_FALSE(parse_runtime("ruby3.3"));
  CHECK_FALSE(parse_runtime("dotnet8"));
}

TEST_CASE("python_functions_run_with_awss_runtime_client") {
  if (cannot_run()) return;
  Host h;
  auto f = h.function({{"index.py", R"(import json, os, sys, logging
logging.getLogger().setLevel("INFO")
n = 0
def handler(event, context):
    global n
    n += 1
    if event == "fail": raise ValueError("no good\nat all")
    if event == "boto3":
        import boto3
        return [boto3.__version__, boto3.client("s3").meta.endpoint_url]
    if event == "exit": sys.exit(3)
    if event == "lines":
        print("one\ntwo"); logging.info("three\nfour"); return None
    return {"n": n, "event": event, "id": context.aws_request_id, "name": context.function_name, "memory": context.memory_limit_in_mb, "left": context.get_remaining_time_in_millis(),
            "arn": context.invoked_function_arn, "path": sys.path[:3], "client": os.environ["AWS_EXECUTION_ENV"]}
)"}}, "python3.11");
  if (missing(h, *f)) return;
  auto o = h.invoke(f, "{\"k\":\"\u00e4\"}");
  CAPTURE(o.log_tail);
  CHECK(o.kind == Kind::success);
  CHECK(o.payload.starts_with("{\"n\": 1, \"event\": {\"k\": \"\\u00e4\"}, \"id\": \""));
  CHECK(o.payload.find("\"memory\": \"256\"") != std::string::npos);
  CHECK(o.payload.find("\"path\": [\"/var/task\", \"/opt/python/lib/python3.") != std::string::npos);
  CHECK(o.payload.find("AWS_Lambda_python3.11") != std::string::npos);
  printf("python: init %lld us, first invocation %lld us\n", static_cast<long long>(o.init_us), static_cast<long long>(o.duration_us));
  o = h.invoke(f, "\"fail\"");
  CHECK(o.kind == Kind::function_error);
  CHECK(o.payload.find("\"errorMessage\": \"no good\\nat all\", \"errorType\": \"ValueError\", \"requestId\": \"") != std::string::npos);
  CHECK(o.payload.find("File \\\"/var/task/index.py\\\", line 7, in handler\\n") != std::string::npos);
  CHECK(o.log_tail.find("[ERROR] ValueError: no good\nat all\nTraceback (most recent call last):\n") != std::string::npos);
  o = h.invoke(f, "\"boto3\"");
  CHECK(o.payload.find("http://127.0.0.1:4566\"") != std::string::npos);
  o = h.invoke(f, "\"lines\"");
  CHECK(o.payload == "null");
  h.logs->wait_for("four");
  auto events = h.logs->events();
  CHECK(std::find(events.begin(), events.end(), "one\n") != events.end());
  CHECK(std::any_of(events.begin(), events.end(), [](const std::string& e) { return e.starts_with("[INFO]\t") && e.ends_with("three\nfour\n"); }));
  o = h.invoke(f, "\"exit\"");
  CHECK(o.payload.find("Runtime exited with error: exit status 3") != std::string::npos);
  auto broken = h.function({{"index.py", "import nothing_of_this_name\n"}}, "python3.11");
  o = h.invoke(broken);
  CHECK(o.payload.find("\"errorMessage\": \"Unable to import module 'index': No module named 'nothing_of_this_name'\", \"errorType\": \"Runtime.ImportModuleError\", \"requestId\": \"\"") != std::string::npos);
}

TEST_CASE("a_layer_brings_a_package_and_later_layers_go_over_earlier_ones") {
  if (cannot_run()) return;
  Host h;
  auto f = h.function({{"index.py", "import thing\ndef handler(e, c): return [thing.NAME, open('/opt/both').read(), open('/opt/first/x').read()]\n"}}, "python3.11");
  if (missing(h, *f)) return;
  f->layer_directories = {h.folder({{"python/thing.py", "NAME = 'one'\n"}, {"both", "1"}, {"first/x", "x"}}), h.folder({{"python/lib/python3.11/site-packages/thing.py", "NAME = 'two'\n"}, {"both", "2"}})};
  auto o = h.invoke(f);
  CHECK(o.payload == "[\"two\", \"2\", \"x\"]");
}

TEST_CASE("node_functions_run_with_awss_runtime_client") {
  if (cannot_run()) return;
  Host h;
  auto f = h.function({{"index.mjs", R"(
let n = 0;
export const handler = async (event, context) => {
  n++;
  if (event === "fail") throw new TypeError("no good");
  if (event === "reject") { setTimeout(() => { throw new Error("later"); }, 5); await new Promise(() => {}); }
  if (event === "sdk") { const { S3Client } = await import("@aws-sdk/client-s3"); return new S3Client({}).constructor.name; }
  console.log("seen", event);
  return { n, event, id: context.awsRequestId, left: context.getRemainingTimeInMillis() > 0, name: context.functionName };
};
)"}}, "nodejs20.x");
  if (missing(h, *f)) return;
  auto o = h.invoke(f, "{\"k\":\"\u00e4\"}");
  CAPTURE(o.log_tail);
  CHECK(o.kind == Kind::success);
  CHECK(o.payload.starts_with("{\"n\":1,\"event\":{\"k\":\"\u00e4\"},\"id\":\""));
  printf("node: init %lld us, first invocation %lld us\n", static_cast<long long>(o.init_us), static_cast<long long>(o.duration_us));
  o = h.invoke(f);
  CHECK(o.payload.starts_with("{\"n\":2,"));
  CHECK(o.log_tail.find("\tINFO\tseen {}") != std::string::npos);
  o = h.invoke(f, "\"fail\"");
  CHECK(o.kind == Kind::function_error);
  CHECK(o.payload.starts_with("{\"errorType\":\"TypeError\",\"errorMessage\":\"no good\",\"trace\":[\"TypeError: no good\",\"    at"));
  o = h.invoke(f, "\"sdk\"");
  CHECK(o.payload == "\"S3Client\"");
  o = h.invoke(f, "\"reject\"");
  CHECK(o.payload.starts_with("{\"errorType\":\"Error\",\"errorMessage\":\"later\",\"trace\":["));
  auto callback = h.function({{"index.js", "exports.handler = (event, context, callback) => setTimeout(() => callback(null, 'called'), 1);\n"}}, "nodejs20.x");
  CHECK(h.invoke(callback).payload == "\"called\"");
  auto broken = h.function({{"other.js", ""}}, "nodejs20.x");
  o = h.invoke(broken);
  CHECK(o.payload.find("\"errorType\":\"Runtime.ImportModuleError\"") != std::string::npos);
}

}  // namespace
}  // namespace fogbank::lambda::runtime
