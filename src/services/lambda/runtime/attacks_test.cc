// What a hostile function tries, from inside: it is refused or killed, its log says so, and nothing else is disturbed.
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <set>

#include "run/sandbox.h"
#include "services/lambda/runtime/environments.h"
#include "services/lambda/runtime/test_support.h"

namespace fogbank::lambda::runtime {
namespace {

using test::cannot_run;
using test::Host;
using Kind = Outcome::Kind;

std::shared_ptr<FunctionSpec> python(Host& h, std::string body) {
  auto f = h.function({{"index.py", "import os, sys, socket, time, threading, urllib.request\ndef tried(f):\n    try: return f()\n    except BaseException as e: return type(e).__name__ + ': ' + str(e)\n" + body}}, "python3.11");
  f->timeout_ms = 10000 * test::patience();
  return f;
}
bool missing(Host& h, const FunctionSpec& f) {
  auto report = h.environments().check(f);
  if (!report) printf("skipped: attacks written in Python: %s\n", report.error().message.c_str());
  return !report;
}

/// Another function stands beside the hostile one and works as before.
struct Neighbour {
  explicit Neighbour(Host& host) : h(host), spec(h.shell("N=$((N+1)); echo $N > $OUT", "N=0; echo of the neighbour > /tmp/secret")) { CHECK(h.invoke(spec).payload == "1\n"); }
  ~Neighbour() { CHECK(h.invoke(spec).payload == "2\n"); }
  Host& h;
  std::shared_ptr<FunctionSpec> spec;
};

TEST_CASE("a_function_cannot_read_what_is_not_its_own") {
  if (cannot_run()) return;
  Host h;
  Neighbour n(h);
  std::string secret = h.folder({{"secret", "of the host"}}) + "/secret";
  auto f = h.shell(cat("for f in /etc/shadow ", secret, " ", n.spec->code_directory, "/bootstrap ", h.environments().store_root(), " ", h.core().settings().data_directory,
                       "/store.db /root /home /proc/1/environ /proc/1/mem /proc/1/root /proc/1/fd/3 /proc/kcore /dev/sda /dev/mem; do\n"
                       "  if [ -n \"$(head -c 100 $f 2>/dev/null; ls -A $f/ 2>/dev/null)\" ]; then echo \"READ $f\"; fi; done > $OUT\n"
                       "ls /proc | grep -c '^[0-9]' >> $OUT; cat /tmp/secret >> $OUT 2>&1; ls /var/task /tmp >> $OUT\n"
                       "for f in /var/task/x /opt/x /var/runtime/x /x /usr/x /etc/x; do if (: > $f) 2>/dev/null; then echo \"WROTE $f\" >> $OUT; fi; done"));
  auto o = h.invoke(f);
  CHECK(o.kind == Kind::success);
  CAPTURE(o.payload);
  CHECK(o.payload.find("READ") == std::string::npos);
  CHECK(o.payload.find("WROTE") == std::string::npos);
  CHECK(o.payload.find("of the") == std::string::npos);
  CHECK(parse_int(split(o.payload, '\n')[0]).value_or(100) < 10);    // its own processes only
}

TEST_CASE("a_function_reaches_its_own_endpoints_and_nothing_else") {
  if (cannot_run()) return;
  Host h;
  Neighbour n(h);
  // An abstract socket of the host.
  int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un where{};
  where.sun_family = AF_UNIX;
  std::string name = cat("fogbank-test-", getpid());
  std::copy(name.begin(), name.end(), where.sun_path + 1);
  REQUIRE(bind(listener, reinterpret_cast<sockaddr*>(&where), socklen_t(sizeof(sa_family_t) + 1 + name.size())) == 0);
  REQUIRE(listen(listener, 4) == 0);
  auto f = python(h, cat("def handler(e, c):\n    out = []\n",
                         "    for where in [('127.0.0.1', ", h.port, "), ('::1', ", h.port, "), ('127.0.0.2', 4566), ('10.0.2.2', ", h.port, "), ('169.254.169.254', 80), ('127.0.0.1', 22)]:\n",
                         "        out.append(tried(lambda: socket.create_connection(where, 1) and 'REACHED'))\n",
                         "    def unix(path):\n        s = socket.socket(socket.AF_UNIX); s.connect(path); return 'REACHED'\n",
                         "    out.append(tried(lambda: unix('\\0", name, "')))\n    out.append(tried(lambda: unix('/run/docker.sock')))\n    out.append(tried(lambda: unix('/run/dbus/system_bus_socket')))\n",
                         "    out.append(tried(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW) and 'REACHED'))\n",
                         "    out.append(tried(lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1) and 'REACHED'))\n",
                         "    own = urllib.request.urlopen('http://127.0.0.1:4566/mine').read().decode()\n    return [out, own]\n"));
  f->egress = false;
  SUBCASE("without a way out") {}
  SUBCASE("with a way to the world outside") { f->egress = true; }
  if (missing(h, *f)) return;
  auto o = h.invoke(f);
  CAPTURE(o.payload);
  CHECK(o.kind == Kind::success);
  CHECK(o.payload.find("REACHED") == std::string::npos);
  CHECK(o.payload.find("listener ") != std::string::npos);
  CHECK(o.payload.find("listener 0") == std::string::npos);
  close(listener);
}

/// An address of this machine that is not its loopback; empty if it has none.
std::string outer_address() {
  ifaddrs* all = nullptr;
  std::string out;
  if (getifaddrs(&all) != 0) return out;
  for (ifaddrs* i = all; i; i = i->ifa_next) {
    if (!i->ifa_addr || i->ifa_addr->sa_family != AF_INET || (i->ifa_flags & IFF_LOOPBACK)) continue;
    char text[INET_ADDRSTRLEN];
    out = inet_ntop(AF_INET, &reinterpret_cast<sockaddr_in*>(i->ifa_addr)->sin_addr, text, sizeof text);
  }
  freeifaddrs(all);
  return out;
}

TEST_CASE("the_way_out_leads_to_the_world_and_never_back_to_the_host") {
  if (cannot_run()) return;
  Host h;
  std::string own = outer_address();
  if (own.empty() || !run::find_egress_program()) {
    printf("skipped: the way to the outside: %s\n", own.empty() ? "this machine has no address but its loopback" : run::find_egress_program().error().message.c_str());
    return;
  }
  // A server on every address of the host, which the function must not reach by any of them.
  auto everywhere = h.core().server->listen("0.0.0.0", 0, 0);
  REQUIRE(everywhere);
  auto f = python(h, cat("def up():\n    return 'tap0' in open('/proc/net/dev').read() and any(l.split()[1] == '00000000' for l in open('/proc/net/route').read().splitlines()[1:])\n"
                         "def handler(e, c):\n    for i in range(500):\n        if up(): break\n        time.sleep(0.01)\n    out = [up()]\n"
                         "    for where in [('", own, "', ", *everywhere, "), ('198.18.213.2', ", *everywhere, "), ('198.18.213.2', ", h.port, "), ('127.0.0.1', ", *everywhere, "), ('169.254.169.254', 80), ('0.0.0.0', ", *everywhere, ")]:\n",
                         "        out.append(tried(lambda: socket.create_connection(where, 1) and 'REACHED'))\n",
                         "    out.append(tried(lambda: os.system('ip route del unreachable ", own, " 2>/dev/null') == 0 and 'ROUTED'))\n    return out\n"));
  if (missing(h, *f)) return;
  auto o = h.invoke(f);
  CAPTURE(o.payload);
  CHECK(o.kind == Kind::success);
  CHECK(o.payload.starts_with("[true, "));
  CHECK(o.payload.find("REACHED") == std::string::npos);
  CHECK(o.payload.find("ROUTED") == std::string::npos);
  CHECK(o.payload.find("No route to host") != std::string::npos);
}

TEST_CASE("memory_is_bounded_in_one_process_and_in_many") {
  if (cannot_run()) return;
  Host h;
  Neighbour n(h);
  printf("memory of functions: %s\n", h.core().processes().describe().c_str());
  auto f = python(h, "def handler(e, c):\n    print('eating', flush=True)\n    if e == 'one':\n        x = bytearray(900 << 20)\n        for i in range(0, len(x), 4096): x[i] = 1\n"
                     "    else:\n        for i in range(12):\n            if os.fork() == 0:\n                x = bytearray(80 << 20)\n                for i in range(0, len(x), 4096): x[i] = 1\n                time.sleep(20)\n        time.sleep(20)\n    return 'survived'\n");
  if (missing(h, *f)) return;
  f->memory_mb = 256;
  for (std::string_view how : {"\"one\"", "\"many\""}) {
    CAPTURE(how);
    auto o = h.invoke(f, std::string(how));
    CAPTURE(o.payload);
    CHECK(o.kind == Kind::function_error);
    CHECK(o.payload.find("{\"errorType\":\"Runtime.OutOfMemory\",\"errorMessage\":\"RequestId: ") == 0);
    CHECK(o.payload.find("Error: Runtime exited with error: signal: killed\"}") != std::string::npos);
    CHECK(o.log_tail.find("eating\n") != std::string::npos);
    CHECK(o.log_tail.find("Status: error\tError Type: Runtime.OutOfMemory\n") != std::string::npos);
    CHECK(o.max_memory_mb == 256);
  }
}

TEST_CASE("a_fork_bomb_ends_with_its_environment") {
  if (cannot_run()) return;
  run::SandboxHost host = run::SandboxHost::discover();
  if (geteuid() == 0 && !host.cgroups && !host.tasks) { printf("skipped: nothing counts the processes of root here\n"); return; }
  Host h;
  Neighbour n(h);
  auto f = h.shell("bomb() { bomb | bomb & bomb; }; bomb");
  f->timeout_ms = 10000 * test::patience();
  auto o = h.invoke(f);
  CHECK(o.kind == Kind::function_error);
  CAPTURE(o.log_tail);
  CAPTURE(o.payload);
  // Refused by the kernel where it counts for us (the function then fails or runs out of time), else killed.
  CHECK((o.log_tail.find("more than 1024 processes and threads") != std::string::npos || o.timed_out || o.payload.find("Runtime.ExitError") != std::string::npos ||
         o.payload.find("Runtime.OutOfMemory") != std::string::npos));
  CHECK(h.wait([&] { return h.environments().stats().environments == 1; }));
}

// The number is bounded by the test itself, so that it can be run on any machine.
TEST_CASE("more_processes_than_allowed_end_the_environment") {
  if (cannot_run()) return;
  Host h;
  Neighbour n(h);
  auto f = h.shell(cat("i=0; while [ $i -lt 1300 ]; do sleep ", 15 * test::patience(), " & i=$((i+1)); done; wait"));
  f->memory_mb = 3008;
  auto o = h.invoke(f);
  CHECK(o.kind == Kind::function_error);
  CHECK_FALSE(o.timed_out);
  CAPTURE(o.payload);
  std::string log = h.logs->wait_for("1024 processes and threads");
  // Root's processes the watchdog counts; others' the kernel refuses.
  if (geteuid() == 0) CHECK(log.find("The environment was ended: it had more than 1024 processes and threads.\n") != std::string::npos);
  CHECK(o.payload.find("\"errorType\":\"Runtime.ExitError\"") != std::string::npos);
  CHECK(h.wait([&] { return h.environments().stats().environments == 1; }));
}

TEST_CASE("descriptors_and_tmp_are_bounded") {
  if (cannot_run()) return;
  Host h;
  Neighbour n(h);
  auto f = python(h, "def handler(e, c):\n    def files():\n        kept = [open('/tmp/f%d' % i, 'w') for i in range(10000)]\n        return len(kept)\n"
                     "    def fill():\n        with open('/tmp/big', 'wb') as f:\n            for i in range(2048): f.write(bytes(1 << 20))\n        return 'FILLED'\n"
                     "    return [tried(files), tried(fill), os.path.getsize('/tmp/big') >> 20, tried(lambda: open('/tmp/after', 'w').write('x' * 100000) and 'ROOM')]\n");
  f->memory_mb = 1024;
  f->timeout_ms = 30000 * test::patience();
  if (missing(h, *f)) return;
  auto o = h.invoke(f);
  CAPTURE(o.payload);
  CHECK(o.kind == Kind::success);
  CHECK(o.payload.find("OSError: [Errno 24] Too many open files: '/tmp/f") != std::string::npos);
  CHECK(o.payload.find("\"OSError: [Errno 28] No space left on device\", 51") != std::string::npos);
  CHECK(o.payload.find("FILLED") == std::string::npos);
  CHECK(o.payload.find("ROOM") == std::string::npos);
}

TEST_CASE("what_a_function_starts_ends_with_it") {
  if (cannot_run()) return;
  Host h;
  Neighbour n(h);
  // Left behind in sessions of their own, deaf to every signal that can be ignored.
  auto f = h.shell("for i in 1 2 3; do setsid sh -c \"trap '' TERM HUP INT; while :; do sleep 0.05; done\" > /dev/null 2>&1 & done; trap '' TERM; while :; do sleep 0.05; done");
  f->timeout_ms = 1000;
  auto o = h.invoke(f);
  CHECK(o.timed_out);
  CHECK(h.wait([&] { return h.environments().stats().environments == 1; }));
}

TEST_CASE("process_one_cannot_be_ended_stopped_or_talked_to_from_inside") {
  if (cannot_run()) return;
  Host h;
  Neighbour n(h);
  auto f = h.shell("kill -9 1; kill -STOP 1; kill -TERM 1; (echo x > /proc/1/fd/3) 2>/dev/null && echo WROTE; (echo x > /proc/1/fd/4) 2>/dev/null && echo WROTE; ls -l /proc/1/fd > /dev/null 2>&1 && echo LISTED; echo alive > $OUT");
  auto o = h.invoke(f);
  CHECK(o.payload == "alive\n");
  CHECK(o.log_tail.find("WROTE") == std::string::npos);
  CHECK(o.log_tail.find("LISTED") == std::string::npos);
  CHECK(h.invoke(f).payload == "alive\n");
}

TEST_CASE("a_flood_of_output_is_logged_without_drowning_the_server") {
  if (cannot_run()) return;
  Host h;
  Neighbour n(h);
  auto f = h.shell("yes 'a line of forty bytes and some more text' | head -c 20000000; echo done > $OUT");
  f->timeout_ms = 30000 * test::patience();
  auto o = h.invoke(f);
  CHECK(o.payload == "done\n");
  CHECK(o.log_tail.size() == 4096);
}

}  // namespace
}  // namespace fogbank::lambda::runtime
