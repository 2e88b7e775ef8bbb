// What a warm invocation costs: the engine with a function of one kind, at some numbers of callers. Prints throughput, latency and processor time
// (this process and its children apart).   bench_lambda_warm [KIND=native|python|node|java] [SECONDS]
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include <dirent.h>

#include "base/strings.h"
#include "gateway/core.h"
#include "gateway/testing.h"
#include "http/server.h"
#include "run/processes.h"
#include "services/lambda/runtime/environments.h"

using namespace fogbank;
using namespace fogbank::lambda::runtime;

namespace {

class Nothing : public http::Handler {
 public:
  void on_request(std::shared_ptr<http::Exchange> x) override { x->reply({}); }
  void turn_end() override {}
};

class Dropped : public LogSink {
 public:
  void write(std::vector<LogBatch>&& b) override { for (auto& x : b) events += x.events.size(); }
  std::atomic<size_t> events{0};
};

double own_cpu() {
  rusage u;
  getrusage(RUSAGE_SELF, &u);
  return double(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + double(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

// Processor time of every living process below this one.
double below(pid_t pid) {
  double sum = 0;
  std::string line;
  for (const auto& t : std::filesystem::directory_iterator(cat("/proc/", pid, "/task"))) {
    std::ifstream children(t.path() / "children");
    for (int64_t child; children >> child;) {
      std::ifstream stat(cat("/proc/", child, "/stat"));
      std::getline(stat, line);
      auto words = split(std::string_view(line).substr(line.rfind(')') + 2), ' ');
      if (words.size() > 12) sum += double(parse_int(words[11]).value_or(0) + parse_int(words[12]).value_or(0)) / double(sysconf(_SC_CLK_TCK));
      sum += below(pid_t(child));
    }
  }
  return sum;
}

}  // namespace

int main(int argc, char** argv) {
  std::string kind = argc > 1 ? argv[1] : "native";
  double seconds = argc > 2 ? atof(argv[2]) : 3;
  fogbank::testing::TestCore test(false);
  Nothing nothing;
  auto server = http::make_server(nothing, http::Limits{});
  test.core().server = server.get();
  std::thread loop([&] { server->run(); });
  auto& environments = test.core().state<Environments>();
  auto logs = std::make_shared<Dropped>();
  environments.set_log_sink(logs);

  char name[] = "/tmp/fogbank-bench-XXXXXX";
  std::string folder = mkdtemp(name);
  auto spec = std::make_shared<FunctionSpec>();
  spec->name = spec->key = spec->function_arn = "bench";
  spec->account = "000000000000";
  spec->region = "us-east-1";
  spec->code_directory = folder;
  spec->handler = "index.handler";
  spec->memory_mb = 512;
  if (kind == "python") {
    spec->runtime = "python3.11";
    std::ofstream(folder + "/index.py") << "def handler(event, context):\n    return {'ok': event}\n";
  } else if (kind == "node") {
    spec->runtime = "nodejs20.x";
    std::ofstream(folder + "/index.js") << "exports.handler = async (event) => ({ ok: event });\n";
  } else {
    spec->runtime = "provided.al2023";
    std::filesystem::copy_file(std::filesystem::read_symlink("/proc/self/exe").parent_path() / "bench_lambda_bootstrap", folder + "/bootstrap");
  }
  auto invoke = [&](std::function<void(lambda::runtime::Outcome&&)> done) {
    Invocation in;
    in.request_id = test.core().random().uuid();
    in.payload = "{\"key\":\"value\"}";
    in.invoked_arn = "arn:aws:lambda:us-east-1:000000000000:function:bench";
    environments.invoke(spec, std::move(in), std::move(done));
  };
  auto once = [&] {
    std::promise<lambda::runtime::Outcome> p;
    invoke([&](lambda::runtime::Outcome&& o) { p.set_value(std::move(o)); });
    return p.get_future().get();
  };
  for (int i = 0; i < 5; i++) {
    int64_t begun = steady_micros();
    auto o = once();
    if (o.kind != lambda::runtime::Outcome::Kind::success) {
      fprintf(stderr, "%s: %s %s\n", kind.c_str(), o.payload.c_str(), o.error.message.c_str());
      quick_exit(1);
    }
    if (i < 4) printf("cold %lld us (init phase %lld us)\n", static_cast<long long>(steady_micros() - begun), static_cast<long long>(o.init_us));
    if (i < 4) environments.drop("bench");
    while (i < 4 && environments.stats().environments) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  for (int callers : {1, 8, 32}) {
    std::vector<int64_t> times;
    std::atomic<int> going{callers};
    int64_t end = 0;
    std::promise<void> over;
    std::function<void()> next = [&] {   // on the loop
      int64_t begun = steady_micros();
      if (begun > end) {
        if (--going == 0) over.set_value();
        return;
      }
      invoke([&, begun](lambda::runtime::Outcome&& o) {
        if (o.kind == lambda::runtime::Outcome::Kind::success) times.push_back(steady_micros() - begun);
        next();
      });
    };
    double before = own_cpu(), children = below(getpid());
    int64_t start = steady_micros();
    end = start + int64_t(seconds * 1e6);
    server->post([&] { for (int i = 0; i < callers; i++) next(); });
    over.get_future().get();
    double wall = double(steady_micros() - start) / 1e6, own = own_cpu() - before, theirs = below(getpid()) - children;
    std::sort(times.begin(), times.end());
    double n = double(std::max<size_t>(1, times.size()));
    printf("%2d callers: %7.0f/s  p50 %5lld us  p99 %6lld us  server %4.0f us  functions %4.0f us each; %d environments\n", callers, n / wall, static_cast<long long>(times[times.size() / 2]),
           static_cast<long long>(times[times.size() * 99 / 100]), own / n * 1e6, theirs / n * 1e6, environments.stats().environments);
    fflush(stdout);
  }
  printf("%zu log events\n", logs->events.load());
  server->stop();
  loop.join();
  test.core().processes().shut_down();
  test.core().server = nullptr;
  server.reset();
  std::filesystem::remove_all(folder);
  quick_exit(0);
}
