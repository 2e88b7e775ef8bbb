#include "admin/server.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "admin/http.h"
#include "admin/paths.h"
#include "base/log.h"
#include "base/private_file.h"
#include "base/strings.h"
#include "gateway/access.h"
#include "gateway/chain.h"
#include "gateway/gateway.h"
#include "gateway/outbound.h"
#include "gateway/tasks.h"
#include "http/certificates.h"
#include "run/processes.h"
#include "services/iam/identity.h"
#include "services/lambda/provisioning.h"
#include "services/lambda/runtime/environments.h"
#include "services/lambda/triggers.h"
#include "services/s3/web.h"
#include "services/sns/caches.h"

namespace fogbank::admin {
namespace {

constexpr Millis kAccessDays = 90LL * 86400000;
constexpr uint64_t kAccessBytes = 1ull << 30;

int complain(const ApiError& e) {
  std::fprintf(stderr, "fogbank: %s\n", e.message.c_str());
  return 1;
}

// The CA and the server's certificate, made once per data directory.
Result<std::string> set_up_tls(http::Server& server, const std::string& data) {
  std::string dir = data + "/ca";
  mkdir(dir.c_str(), 0700);
  auto ca_cert = read_file(dir + "/ca.pem"), ca_key = read_file(dir + "/ca.key");
  http::Authority ca;
  if (ca_cert && ca_key) {
    ca = {*ca_cert, *ca_key};
  } else {
    FB_ASSIGN(made, http::make_authority("Fogbank local CA", 3650));
    ca = made;
    FB_TRY(write_private_file(dir + "/ca.key", ca.key));
    FB_TRY(write_private_file(dir + "/ca.pem", ca.certificate));
  }
  auto cert = read_file(dir + "/server.pem"), key = read_file(dir + "/server.key");
  bool fresh = false;
  if (cert && key) {
    auto info = http::describe_certificate(*cert);
    fresh = info && info->not_after > machine_now() + 30LL * 86400000;
  }
  http::TlsIdentity identity;
  if (fresh) {
    identity = {*cert, *key};
  } else {
    std::vector<std::string> names = {"localhost", "*.localhost", "fogbank.localhost", "*.fogbank.localhost", "*.s3.localhost", "*.s3.fogbank.localhost",
                                      "localhost.localstack.cloud", "*.localhost.localstack.cloud", "*.s3.localhost.localstack.cloud",
                                      "*.amazonaws.com", "*.us-east-1.amazonaws.com", "*.s3.amazonaws.com", "*.s3.us-east-1.amazonaws.com"};
    FB_ASSIGN(made, http::make_server_certificate(ca, names, {"127.0.0.1", "::1"}, 397));
    identity = made;
    FB_TRY(write_private_file(dir + "/server.key", identity.key));
    FB_TRY(write_private_file(dir + "/server.pem", identity.certificate_chain));
  }
  FB_TRY(server.set_tls(identity));
  return ca.certificate;
}

Result<uint16_t> listen_on(http::Server& server, const StartOptions& options) {
  std::vector<std::string> addresses = options.listen;
  bool by_default = addresses.empty();
  if (by_default) addresses = {"127.0.0.1", "::1"};
  uint16_t port = uint16_t(options.port);
  for (size_t i = 0; i < addresses.size(); i++) {
    auto bound = server.listen(addresses[i], port, 0);
    if (bound) {
      port = *bound;
    } else if (!by_default || i == 0) {  // a machine without IPv6 is served on IPv4 alone
      return fail("ListenFailed", cat("cannot listen on ", addresses[i], " port ", port, ": ", bound.error().message), 500);
    }
  }
  return port;
}

void maintain(Core& core) {
  core.pool().try_post([&core] { core.access().trim(core.now() - kAccessDays, kAccessBytes); });
  core.server->after(60000, [&core] { maintain(core); });
}

}  // namespace

int serve(const StartOptions& options) {
  int64_t started = steady_micros();
  // Blocked before any thread starts, so that only the signal thread takes them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  umask(077);
  rlimit files;  // one descriptor per connection and open blob: as many as we may have
  if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }
  if (options.quiet) set_log_level(LogLevel::warning);

  std::string data = options.data.empty() ? default_data_directory() : options.data;
  std::string temporary;
  if (options.ephemeral) {
    char name[] = "/tmp/fogbank-ephemeral-XXXXXX";
    if (!mkdtemp(name)) return complain(ApiError("IoError", cat("cannot make a temporary directory: ", std::strerror(errno))));
    data = temporary = name;
  }
  std::error_code ec;
  std::filesystem::create_directories(data, ec);
  if (ec) return complain(ApiError("IoError", cat("cannot make ", data, ": ", ec.message())));
  data = std::filesystem::absolute(data).string();
  auto clean_up = [&] { if (!temporary.empty()) std::filesystem::remove_all(temporary, ec); };

  store::Options store_options;
  store_options.directory = options.ephemeral ? "" : data;
  store_options.durability = options.power_durability ? store::Durability::power : store::Durability::process;
  auto store = store::open_sqlite(store_options);
  if (!store) { clean_up(); return complain(store.error()); }
  Settings settings;
  settings.allow_reset = options.allow_reset;
  settings.development_credentials = options.development_credentials;
  settings.data_directory = data;
  Core core(std::move(*store), settings, system_random());
  core.set_identity(iam::make_identity(core));
  if (auto ready = core.load_secrets(data); !ready) { clean_up(); return complain(ready.error()); }

  Gateway gateway(core);
  s3::Web web(core);
  gateway.set_web(web);
  auto& notifications = core.state<sns::State>();   // it also finishes what waits in queues
  gateway.set_documents([&notifications](std::string_view path) { return notifications.signing.certificate(path); });
  auto server = http::make_server(gateway, http::Limits{});
  core.server = server.get();
  auto ca = set_up_tls(*server, data);
  if (!ca) { clean_up(); return complain(ca.error()); }
  auto token = load_or_make_token(data, system_random());
  if (!token) { clean_up(); return complain(token.error()); }
  auto port = listen_on(*server, options);
  if (!port) { clean_up(); return complain(port.error()); }
  core.settings().public_endpoint = cat("http://localhost:", *port);
  core.settings().own_ports = {*port};

  core.state<lambda::runtime::Environments>().set_strict_runtimes(options.strict_runtimes);

  AdminHttp admin(core, gateway, {*token, data, *ca, *port, started, [&] { server->stop(); }});
  gateway.set_admin([&](const std::shared_ptr<http::Exchange>& x, std::string_view path, std::string_view query) { return admin.handle(x, path, query); });
  if (auto done = announce({int(getpid()), *port, data}); !done) log(LogLevel::warning, done.error().message);
  if (!options.ready_file.empty()) {
    if (auto done = write_private_file(options.ready_file, cat(*port, "\n")); !done) return complain(done.error());
  }
  if (!options.quiet) {
    std::printf("Fogbank %s serves on http://localhost:%d (data in %s, ready in %lld ms)\n", kVersion, int(*port), options.ephemeral ? "memory" : data.c_str(),
                static_cast<long long>((steady_micros() - started) / 1000));
    std::printf("Point tools at it:  eval \"$(fogbank env --port %d)\"   or   fogbank aws --port %d sts get-caller-identity\n", int(*port), int(*port));
    std::fflush(stdout);
  }
  std::thread signal_thread([&] {
    int which = 0;
    sigwait(&signals, &which);
    server->stop();
  });
  server->post([] { set_loop_thread(); });
  core.state<lambda::Triggers>().start();
  lambda::restore_provisioned(core);
  core.tasks().start();
  server->post([&core] { maintain(core); });
  server->run();

  pthread_kill(signal_thread.native_handle(), SIGTERM);
  signal_thread.join();
  core.outbound().stop();
  core.state<lambda::runtime::Environments>().shut_down();
  core.processes().shut_down();   // their tasks run again at the next start
  core.tasks().stop();
  admin.shut_down();
  withdraw(*port);
  core.store().commit();
  core.server = nullptr;
  clean_up();
  return 0;
}

}  // namespace fogbank::admin
