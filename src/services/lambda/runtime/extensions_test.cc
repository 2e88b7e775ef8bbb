#include "services/lambda/runtime/extensions.h"

#include "services/lambda/runtime/environments.h"
#include "services/lambda/runtime/test_support.h"

namespace fogbank::lambda::runtime {
namespace {

using test::cannot_run;
using test::Host;
using Kind = Outcome::Kind;

constexpr const char* kExtension = R"sh(#!/bin/sh
API=http://$AWS_LAMBDA_RUNTIME_API/2020-01-01/extension
echo extension begins
sleep 0.2
curl -sS -D /tmp/ext-head -o /tmp/ext-body -H 'Lambda-Extension-Name: watcher' -d '{"events":["INVOKE","SHUTDOWN"]}' $API/register
echo "registered $(cat /tmp/ext-body)"
ID=$(grep -i '^lambda-extension-identifier' /tmp/ext-head | tr -d '\r' | cut -d' ' -f2)
while true; do
  EVENT=$(curl -sS -H "Lambda-Extension-Identifier: $ID" $API/event/next) || exit 0
  echo "extension got $EVENT"
  case $EVENT in *SHUTDOWN*) exit 0;; esac
done
)sh";

TEST_CASE("registrations_are_checked") {
  CHECK(read_events("{\"events\":[\"INVOKE\",\"SHUTDOWN\"]}")->size() == 2);
  CHECK(read_events("{\"events\":[]}")->empty());
  CHECK_FALSE(read_events("{\"events\":[1]}"));
  CHECK_FALSE(read_events("events"));
  CHECK_FALSE(read_events(""));
  Extensions e({"outer"});
  Random& random = system_random();
  CHECK(e.register_one("", "{\"events\":[]}", true, false, random).error().code == "Extension.InvalidExtensionName");
  CHECK(e.register_one("outer", "x", true, false, random).error().code == "InvalidRequestFormat");
  CHECK(e.register_one("stranger", "{\"events\":[]}", false, false, random).error().code == "Extension.InvalidExtensionName");
  CHECK(e.register_one("inner", "{\"events\":[\"SHUTDOWN\"]}", true, false, random).error().code == "ShutdownEventNotSupportedForInternalExtension");
  CHECK(e.register_one("outer", "{\"events\":[\"OTHER\"]}", true, false, random).error().code == "Extension.InvalidEventType");
  CHECK_FALSE(e.all_registered());
  REQUIRE(e.register_one("outer", "{\"events\":[\"SHUTDOWN\"]}", false, false, random));
  CHECK(e.all_registered());
  CHECK(e.register_one("outer", "{\"events\":[]}", true, false, random).error().code == "Extension.AlreadyRegistered");
  CHECK(e.register_one("late", "{\"events\":[]}", true, true, random).error().code == "Extension.RegistrationClosed");
  for (int i = 0; i < 9; i++) CHECK(e.register_one(cat("inner", i), "{\"events\":[\"INVOKE\"]}", true, false, random));
  CHECK(e.register_one("one more", "{\"events\":[]}", true, false, random).error().code == "Extension.TooManyExtensions");
  CHECK(e.find("").error().code == "Extension.MissingExtensionIdentifier");
  CHECK(e.find("x").error().code == "Extension.InvalidExtensionIdentifier");
  CHECK(e.find("00000000-0000-0000-0000-000000000000").error().code == "Extension.UnknownExtensionIdentifier");
}

TEST_CASE("an_external_extension_is_started_first_and_receives_its_events") {
  if (cannot_run()) return;
  Host h;
  auto f = h.shell("echo \"handler of $EVENT\"; echo 1 > $OUT", "echo runtime starts");
  f->layer_directories = {h.folder({{"extensions/watcher", kExtension}})};
  auto o = h.invoke(f);
  CHECK(o.kind == Kind::success);
  CAPTURE(o.log_tail);
  CHECK(o.log_tail.find("extension begins") < o.log_tail.find("runtime starts"));
  CHECK(o.log_tail.find("registered {\"functionName\":\"f1\",\"functionVersion\":\"$LATEST\",\"handler\":\"index.handler\"}") != std::string::npos);
  CHECK(o.log_tail.find("EXTENSION\tName: watcher\tState: Ready\tEvents: [INVOKE,SHUTDOWN]\n") != std::string::npos);
  CHECK(o.log_tail.find("extension got {\"eventType\":\"INVOKE\",\"deadlineMs\":") != std::string::npos);
  CHECK(h.invoke(f).kind == Kind::success);
  h.environments().drop(f->function_arn);
  std::string log = h.logs->wait_for("\"eventType\":\"SHUTDOWN\"");
  CHECK(log.find("extension got {\"eventType\":\"SHUTDOWN\",\"shutdownReason\":\"spindown\",\"deadlineMs\":") != std::string::npos);
  CHECK(h.wait([&] { return h.environments().stats().environments == 0; }));
}

TEST_CASE("an_extension_that_fails_fails_the_function") {
  if (cannot_run()) return;
  Host h;
  auto f = h.shell("echo 1 > $OUT");
  f->layer_directories = {h.folder({{"extensions/crash", "#!/bin/sh\necho going down\nexit 7\n"}})};
  auto o = h.invoke(f);
  CHECK(o.kind == Kind::function_error);
  CAPTURE(o.payload);
  CHECK(o.payload.find("\"errorType\":\"Extension.Crash\"") != std::string::npos);
  CHECK(o.payload.find("exit status 7") != std::string::npos);
}

TEST_CASE("the_telemetry_api_says_that_it_is_not_served") {
  if (cannot_run()) return;
  Host h;
  auto f = h.shell("curl -sS -o $OUT -w '%{http_code}' -X PUT -d '{}' http://$AWS_LAMBDA_RUNTIME_API/2022-07-01/telemetry >> /tmp/code; cat /tmp/code >> $OUT");
  auto o = h.invoke(f);
  CHECK(o.payload == "{\"errorMessage\":\"This API is not served by Fogbank.\",\"errorType\":\"Telemetry.NotSupported\"}\n501");
}

/// Collects what is streamed.
class Collected : public ResponseSink {
 public:
  void begin(std::string_view content_type, std::function<void()> resume) override {
    type = content_type;
    resume_ = std::move(resume);
  }
  bool data(std::string_view piece) override {
    text += piece;
    pieces++;
    std::thread([resume = resume_] { resume(); }).detach();   // back pressure on every piece
    return false;
  }
  std::string type, text;
  int pieces = 0;

 private:
  std::function<void()> resume_;
};

TEST_CASE("answers_are_streamed_and_may_fail_in_the_middle") {
  if (cannot_run()) return;
  Host h;
  auto f = h.function({{"bootstrap", cat(Host::kHead, "while true; do\n", Host::kNext, R"(
{ printf 'POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: x\r\nContent-Type: text/x-thing\r\nLambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked\r\nTrailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n\r\n' $ID
  for i in 1 2 3; do printf '6\r\npiece%s\r\n' $i; sleep 0.05; done
  case $EVENT in *fail*) printf '0\r\nLambda-Runtime-Function-Error-Type: My.Error\r\nLambda-Runtime-Function-Error-Body: eyJlcnJvclR5cGUiOiJNeS5FcnJvciJ9\r\n\r\n';; *break*) exit 1;; *) printf '0\r\n\r\n';; esac
  sleep 0.05
} | curl -sS --max-time 1 -o /dev/null telnet://$AWS_LAMBDA_RUNTIME_API
done
)")}});
  auto sink = std::make_shared<Collected>();
  auto going = h.begin(f, "{}", {}, sink);
  auto o = Host::end(going);
  CHECK(o.kind == Kind::success);
  CHECK(sink->text == "piece1piece2piece3");
  CHECK(sink->type == "text/x-thing");
  CHECK(sink->pieces == 3);
  CHECK(h.invoke(f).payload == "piece1piece2piece3");   // a caller who waits for the whole
  sink = std::make_shared<Collected>();
  going = h.begin(f, "\"fail\"", {}, sink);
  o = Host::end(going);
  CHECK(o.kind == Kind::function_error);
  CHECK(o.error_type == "My.Error");
  CHECK(o.payload == "{\"errorType\":\"My.Error\"}");
  CHECK(sink->text == "piece1piece2piece3");
  sink = std::make_shared<Collected>();
  going = h.begin(f, "\"break\"", {}, sink);
  o = Host::end(going);
  CHECK(o.kind == Kind::function_error);
  CHECK(o.error_type == "Runtime.TruncatedResponse");
}

TEST_CASE("json_logs_have_the_platforms_records_by_level") {
  if (cannot_run()) return;
  Host h;
  auto f = h.shell("echo plain; echo $AWS_LAMBDA_LOG_FORMAT $AWS_LAMBDA_LOG_LEVEL > $OUT");
  f->logging.format = LogFormat::json;
  f->logging.application_level = "WARN";
  auto o = h.invoke(f);
  CHECK(o.payload == "JSON WARN\n");
  CAPTURE(o.log_tail);
  CHECK(o.log_tail.find("\"type\":\"platform.initStart\",\"record\":{\"initializationType\":\"on-demand\",\"phase\":\"init\",\"runtimeVersion\":\"provided:al2023.v1\"") != std::string::npos);
  CHECK(o.log_tail.find("\"type\":\"platform.start\",\"record\":{\"requestId\":\"") != std::string::npos);
  CHECK(o.log_tail.find("\"type\":\"platform.report\",\"record\":{\"requestId\":\"") != std::string::npos);
  CHECK(o.log_tail.find("\"status\":\"success\"}}\n") != std::string::npos);
  CHECK(o.log_tail.find("platform.runtimeDone") == std::string::npos);
  CHECK(o.log_tail.find("plain\n") != std::string::npos);
  CHECK(o.log_tail.find("\nSTART") == std::string::npos);
}

}  // namespace
}  // namespace fogbank::lambda::runtime
