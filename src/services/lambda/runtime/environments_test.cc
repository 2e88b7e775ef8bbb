#include "services/lambda/runtime/environments.h"

#include "services/lambda/runtime/test_support.h"

namespace fogbank::lambda::runtime {
namespace {

using test::cannot_run;
using test::Host;
using Kind = Outcome::Kind;

TEST_CASE("a_function_answers_and_its_environment_is_used_again") {
  if (cannot_run()) return;
  Host h;
  auto f = h.shell("N=$((N+1)); echo \"hello $N\"; printf '{\"n\":%s,\"event\":%s}' $N \"$EVENT\" > $OUT", "N=0");
  auto o = h.invoke(f, "{\"a\":1}");
  CHECK(o.kind == Kind::success);
  CHECK(o.payload == "{\"n\":1,\"event\":{\"a\":1}}");
  CHECK(o.init_us > 0);
  CHECK(o.billed_ms >= 1);
  CHECK(o.log_tail.find("START RequestId: ") != std::string::npos);
  CHECK(o.log_tail.find("hello 1\n") != std::string::npos);
  CHECK(o.log_tail.find("Init Duration: ") != std::string::npos);
  o = h.invoke(f);
  CHECK(o.payload == "{\"n\":2,\"event\":{}}");
  CHECK(o.init_us == 0);
  CHECK(o.log_tail.find("hello 1\n") == std::string::npos);
  CHECK(o.log_tail.starts_with("START RequestId: "));
  auto lines = split(o.log_tail, '\n');
  REQUIRE(lines.size() == 5);
  CHECK(lines[1] == "hello 2");
  CHECK(lines[2].starts_with("END RequestId: "));
  CHECK(lines[3].starts_with("REPORT RequestId: "));
  CHECK(h.environments().stats().environments == 1);
  h.logs->wait_for("hello 2");
  CHECK(h.logs->streams() == 1);
  // Stopped between invocations, it goes on with the next.
  std::this_thread::sleep_for(std::chrono::milliseconds(120));
  CHECK(h.invoke(f).payload == "{\"n\":3,\"event\":{}}");
}

TEST_CASE("what_a_function_sees_of_its_surroundings") {
  if (cannot_run()) return;
  Host h;
  auto f = h.shell("{ env | sort; id -u; pwd; ls /; cat /tmp/head; curl -s $AWS_ENDPOINT_URL/x; } > $OUT");
  f->environment = {{"MINE", "yes"}, {"AWS_REGION", "no"}};
  auto o = h.invoke(f);
  CHECK(o.kind == Kind::success);
  for (std::string_view text : {"MINE=yes\n", "AWS_REGION=eu-central-1\n", "AWS_DEFAULT_REGION=eu-central-1\n", "_HANDLER=index.handler\n", "AWS_LAMBDA_FUNCTION_NAME=f1\n",
                                "AWS_LAMBDA_FUNCTION_VERSION=$LATEST\n", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256\n", "AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/f1\n", "AWS_LAMBDA_LOG_STREAM_NAME=",
                                "LAMBDA_TASK_ROOT=/var/task\n", "LAMBDA_RUNTIME_DIR=/var/runtime\n", "AWS_ACCESS_KEY_ID=ASIAEXAMPLE\n", "AWS_SECRET_ACCESS_KEY=secret\n",
                                "AWS_SESSION_TOKEN=token\n", "TZ=:UTC\n", "AWS_LAMBDA_INITIALIZATION_TYPE=on-demand\n", "\n/var/task\n", "ambda-Runtime-Deadline-Ms: ",
                                "ambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:", "ambda-Runtime-Trace-Id: Root=1-", " /x\n"}) {
    CAPTURE(text);
    CHECK(o.payload.find(text) != std::string::npos);
  }
  CHECK(o.payload.find("listener 0") == std::string::npos);
}

TEST_CASE("a_handlers_error_is_the_callers") {
  if (cannot_run()) return;
  Host h;
  auto f = h.function({{"bootstrap", cat(Host::kHead, "while true; do\n", Host::kNext,
    "curl -sS -o /dev/null -H 'Lambda-Runtime-Function-Error-Type: My.Error' -d '{\"errorMessage\":\"no\",\"errorType\":\"My.Error\"}' $API/invocation/$ID/error\ndone\n")}});
  auto o = h.invoke(f);
  CHECK(o.kind == Kind::function_error);
  CHECK(o.payload == "{\"errorMessage\":\"no\",\"errorType\":\"My.Error\"}");
  CHECK(o.error_type == "My.Error");
  CHECK(h.invoke(f).kind == Kind::function_error);
  CHECK(h.environments().stats().environments == 1);
}

TEST_CASE("a_function_that_runs_too_long_is_ended") {
  if (cannot_run()) return;
  Host h;
  auto f = h.shell("trap '' TERM; echo begun; sleep 60");
  f->timeout_ms = 1000;
  auto o = h.invoke(f);
  CHECK(o.kind == Kind::function_error);
  CHECK(o.timed_out);
  CHECK(o.payload.find("{\"errorType\":\"Sandbox.Timedout\",\"errorMessage\":\"RequestId: ") == 0);
  CHECK(o.payload.find("Error: Task timed out after 1.00 seconds\"}") != std::string::npos);
  CHECK(o.log_tail.find("begun\n") != std::string::npos);
  CHECK(o.log_tail.find(" Task timed out after 1.00 seconds\n\n") != std::string::npos);
  CHECK(o.log_tail.find("Duration: 1000.00 ms\tBilled Duration: ") != std::string::npos);
  CHECK(o.log_tail.find("Status: timeout\n") != std::string::npos);
  CHECK(h.wait([&] { return h.environments().stats().environments == 0; }));
}

TEST_CASE("a_runtime_that_exits_is_replaced") {
  if (cannot_run()) return;
  Host h;
  auto f = h.shell("echo $EVENT; case $EVENT in *zero*) exit 0;; *one*) exit 1;; *kill*) kill -SEGV $$;; esac; echo 1 > $OUT");
  auto o = h.invoke(f, "\"zero\"");
  CHECK(o.payload.find("\"errorType\":\"Runtime.ExitError\"") != std::string::npos);
  CHECK(o.payload.find("Error: Runtime exited without providing a reason\"}") != std::string::npos);
  o = h.invoke(f, "\"one\"");
  CHECK(o.payload.find("Error: Runtime exited with error: exit status 1\"}") != std::string::npos);
  CHECK(o.log_tail.find("Error: Runtime exited with error: exit status 1\nRuntime.ExitError\n") != std::string::npos);
  CHECK(o.log_tail.find("Status: error\tError Type: Runtime.ExitError\n") != std::string::npos);
  o = h.invoke(f, "\"kill\"");
  CHECK(o.payload.find("Error: Runtime exited with error: signal: segmentation fault\"}") != std::string::npos);
  CHECK(h.invoke(f, "\"good\"").payload == "1\n");
}

TEST_CASE("a_failing_init_phase_is_tried_once_more_and_is_then_the_answer") {
  if (cannot_run()) return;
  Host h;
  auto f = h.function({{"bootstrap", cat(Host::kHead, "echo starting\ncurl -sS -o /dev/null -H 'Lambda-Runtime-Function-Error-Type: Runtime.ImportModuleError' "
    "-d '{\"errorMessage\":\"no module\",\"errorType\":\"Runtime.ImportModuleError\"}' $API/init/error\nexit 1\n")}});
  auto o = h.invoke(f);
  CHECK(o.kind == Kind::function_error);
  CHECK(o.payload == "{\"errorMessage\":\"no module\",\"errorType\":\"Runtime.ImportModuleError\"}");
  std::string log = h.logs->wait_for("REPORT RequestId");
  CHECK(log.find("Phase: init\tStatus: error\tError Type: Runtime.ImportModuleError\n") != std::string::npos);
  CHECK(log.find("Phase: invoke\tStatus: error\tError Type: Runtime.ImportModuleError\n") != std::string::npos);
  CHECK(h.logs->streams() == 1);
  f = h.function({{"other", "x"}});
  o = h.invoke(f);
  CHECK(o.payload.find("\"errorType\":\"Runtime.InvalidEntrypoint\"") != std::string::npos);
  CHECK(o.payload.find("Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]") != std::string::npos);
  f = h.function({{"bootstrap", "#!/no/such/interpreter\n"}});
  o = h.invoke(f);
  CHECK(o.payload.find("Error: fork/exec /var/task/bootstrap: no such file or directory") != std::string::npos);
}

TEST_CASE("wrong_and_second_answers_are_refused") {
  if (cannot_run()) return;
  Host h;
  auto f = h.shell(R"(
code() { curl -sS -o /tmp/said -w '%{http_code} ' "$@"; cat /tmp/said; }
{ code -d 1 $API/invocation/00000000-0000-0000-0000-000000000000/response; code $API/invocation/next; code -d 1 $API/restore/error; code $API/nothing
  code -d 1 $API/init/error; } > /tmp/answers
curl -sS -o /dev/null --data-binary @/tmp/answers $API/invocation/$ID/response
code -d second $API/invocation/$ID/response
code -d second $API/invocation/$ID/error
)");
  auto o = h.invoke(f);
  CHECK(o.payload == "400 {\"errorMessage\":\"Invalid request ID\",\"errorType\":\"InvalidRequestID\"}\n"
                     "403 {\"errorMessage\":\"Transition from Running to Ready failed for runtime. Error: State transition is not allowed\",\"errorType\":\"InvalidStateTransition\"}\n"
                     "403 {\"errorMessage\":\"SnapStart is not served: there is nothing to restore.\",\"errorType\":\"InvalidStateTransition\"}\n404 404 page not found\n"
                     "403 {\"errorMessage\":\"Transition from Ready to InitError failed for runtime. Error: State transition is not allowed\",\"errorType\":\"InvalidStateTransition\"}\n");
  std::string log = h.logs->wait_for("InvocationErrorResponse failed");
  CHECK(log.find("403 {\"errorMessage\":\"Transition from ResponseSent to InvocationResponse failed for runtime.") != std::string::npos);
}

TEST_CASE("answers_are_bounded") {
  if (cannot_run()) return;
  Host h;
  auto f = h.shell("head -c 6291556 /dev/zero | tr '\\0' 1 > $OUT; case $EVENT in *more*) echo 1 >> $OUT;; esac");
  CHECK(h.invoke(f).payload.size() == 6291556);
  auto o = h.invoke(f, "\"more\"");
  CHECK(o.kind == Kind::function_error);
  CHECK(o.payload == "{\"errorType\":\"Function.ResponseSizeTooLarge\",\"errorMessage\":\"Response payload size exceeded maximum allowed payload size (6291556 bytes).\"}");
}

TEST_CASE("concurrent_invocations_get_environments_of_their_own_up_to_the_limit") {
  if (cannot_run()) return;
  Host h;
  auto f = h.shell("cat /proc/sys/kernel/random/uuid > /tmp/me.$$; while [ ! -e /tmp/go ]; do sleep 0.2; touch /tmp/go; done; hostname > $OUT");
  std::vector<std::future<Outcome>> all;
  Admission a;
  a.reserved = 3;
  for (int i = 0; i < 3; i++) all.push_back(h.begin(f, "{}", a));
  auto o = h.invoke(f, "{}", a);
  CHECK(o.kind == Kind::throttled);
  CHECK(o.reason == "ReservedFunctionConcurrentInvocationLimitExceeded");
  CHECK(h.environments().running(f->function_arn) == 3);
  for (auto& one : all) CHECK(Host::end(one).kind == Kind::success);
  CHECK(h.environments().stats().environments == 3);
  a.reserved.reset();
  a.unreserved = 0;
  CHECK(h.invoke(f, "{}", a).reason == "ConcurrentInvocationLimitExceeded");
  CHECK(h.environments().running(f->function_arn) == 0);
}

TEST_CASE("short_invocations_share_environments_and_long_ones_do_not_wait_for_each_other") {
  if (cannot_run()) return;
  Host h;
  auto f = h.shell("case $EVENT in *long*) sleep 3;; esac; echo 1 > $OUT", "sleep 1");
  CHECK(h.invoke(f).payload == "1\n");
  std::vector<std::future<Outcome>> short_ones, long_ones;
  for (int i = 0; i < 12; i++) short_ones.push_back(h.begin(f));
  for (auto& s : short_ones) CHECK(h.end(s).payload == "1\n");
  CHECK(h.environments().stats().environments < 6);   // one, where nothing else keeps the machine busy
  for (int i = 0; i < 6; i++) long_ones.push_back(h.begin(f, "\"long\""));
  CHECK(h.wait([&] { return h.environments().stats().environments == 6; }));
  for (auto& l : long_ones) CHECK(h.end(l).payload == "1\n");
}

TEST_CASE("environments_end_when_idle_for_long_replaced_or_out_of_credentials") {
  if (cannot_run()) return;
  Host h;
  auto f = h.shell("N=$((N+1)); echo $N > $OUT", "N=0");
  CHECK(h.invoke(f).payload == "1\n");
  CHECK(h.invoke(f).payload == "2\n");
  std::this_thread::sleep_for(std::chrono::milliseconds(150));   // it asks for more work, and is idle from then on
  h.core().clock().advance_to(h.core().now() + 3600000);
  CHECK(h.invoke(f).payload == "1\n");
  h.environments().drop(f->function_arn);
  CHECK(h.wait([&] { return h.environments().stats().environments == 0; }));
  CHECK(h.invoke(f).payload == "1\n");
  auto g = h.shell("N=$((N+1)); echo $N > $OUT", "N=0");
  g->credentials = [&h] { return RoleCredentials{"ASIA", "s", "t", h.core().now() + 300000}; };
  CHECK(h.invoke(g).payload == "1\n");
  std::this_thread::sleep_for(std::chrono::milliseconds(150));
  h.core().clock().advance_to(h.core().now() + 290000);
  CHECK(h.invoke(g).payload == "1\n");
  g = h.shell("echo 1 > $OUT");
  g->credentials = []() -> Result<RoleCredentials> { return fail("AccessDeniedException", "The role cannot be assumed.", 403); };
  auto o = h.invoke(g);
  CHECK(o.kind == Kind::refused);
  CHECK(o.error.message == "The role cannot be assumed.");
}

TEST_CASE("provisioned_environments_stand_before_they_are_needed") {
  if (cannot_run()) return;
  Host h;
  auto f = h.shell("echo $AWS_LAMBDA_INITIALIZATION_TYPE > $OUT");
  std::promise<int> ready;
  h.environments().provision(f, 2, [&](int n, std::optional<ApiError> e) { CHECK_FALSE(e); ready.set_value(n); });
  CHECK(ready.get_future().get() == 2);
  CHECK(h.environments().stats().environments == 2);
  auto o = h.invoke(f);
  CHECK(o.payload == "provisioned-concurrency\n");
  CHECK(o.init_us == 0);
  h.environments().drop(f->function_arn);
  CHECK(h.wait([&] { return h.environments().stats().environments == 0; }));
  auto broken = h.function({{"bootstrap", "#!/bin/sh\nexit 3\n"}});
  std::promise<int> none;
  h.environments().provision(broken, 1, [&](int n, std::optional<ApiError> e) { CHECK(e); none.set_value(n); });
  CHECK(none.get_future().get() == 0);
}

TEST_CASE("a_reset_ends_environments_and_their_invocations") {
  if (cannot_run()) return;
  Host h;
  auto f = h.shell("sleep 60");
  f->timeout_ms = 60000;
  auto going = h.begin(f);
  CHECK(h.wait([&] { return h.environments().stats().environments == 1 && h.environments().stats().starting == 0; }));
  REQUIRE(h.core().store().reset({}));
  h.core().processes().end_older_than(h.core().store().epoch());
  auto o = Host::end(going);
  CHECK(o.kind == Kind::unavailable);
  CHECK(h.wait([&] { return h.environments().stats().environments == 0; }));
  CHECK(h.invoke(h.shell("echo 1 > $OUT")).kind == Kind::success);
}

}  // namespace
}  // namespace fogbank::lambda::runtime
