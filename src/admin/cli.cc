#include "admin/cli.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "admin/client.h"
#include "admin/doctor.h"
#include "admin/server.h"
#include "base/encoding.h"
#include "base/strings.h"

namespace fogbank::admin {
namespace {

int complain(std::string_view text) {
  std::fprintf(stderr, "fogbank: %.*s\n", int(text.size()), text.data());
  return 1;
}

struct Target { int port = 4566; };

// Indents a JSON text by its structure, for people.
std::string pretty(std::string_view json) {
  std::string out;
  size_t depth = 0;
  bool in_text = false;
  auto line = [&] { out += '\n'; out.append(depth * 2, ' '); };
  for (size_t i = 0; i < json.size(); i++) {
    char c = json[i];
    if (in_text) {
      out += c;
      if (c == '\\' && i + 1 < json.size()) out += json[++i];
      else if (c == '"') in_text = false;
      continue;
    }
    bool empty = i + 1 < json.size() && (json[i + 1] == '}' || json[i + 1] == ']');
    switch (c) {
      case '"': in_text = true; out += c; break;
      case '{': case '[':
        out += c;
        if (empty) out += json[++i];
        else { depth++; line(); }
        break;
      case '}': case ']': if (depth) depth--; line(); out += c; break;
      case ',': out += c; line(); break;
      case ':': out += ": "; break;
      default: out += c;
    }
  }
  return out;
}

Result<RunningServer> running(const Target& t) {
  auto s = find_server(t.port);
  if (!s) return fail("NotRunning", cat("no server runs on port ", t.port, " (start one with `fogbank start`)"));
  return *s;
}

int request(const Target& t, const char* method, const std::string& path, std::string* out = nullptr) {
  auto server = running(t);
  if (!server) return complain(server.error().message);
  auto body = call_admin(*server, method, path);
  if (!body) return complain(body.error().message);
  if (out) *out = *body;
  else std::printf("%s\n", body->starts_with('{') ? pretty(*body).c_str() : std::string(trim(*body)).c_str());
  return 0;
}

std::string environment(const Target& t) {
  // Real profiles and endpoints are unset, so that nothing aims at AWS by accident.
  return cat("unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SESSION_TOKEN AWS_SECURITY_TOKEN AWS_ROLE_ARN AWS_WEB_IDENTITY_TOKEN_FILE "
             "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI AWS_CONTAINER_CREDENTIALS_FULL_URI AWS_CA_BUNDLE\n"
             "export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1 AWS_REGION=us-east-1\n"
             "export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true\n"
             "export AWS_ENDPOINT_URL=http://localhost:", t.port, "\n");
}

int run_aws(const Target& t, const std::vector<std::string>& args) {
  if (find_program("aws").empty()) return complain("the aws CLI is not installed (pip install awscli, or Debian's package awscli)");
  for (const char* v : {"AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CA_BUNDLE"}) unsetenv(v);
  // Credentials that the user set for this server stay; a real profile never reaches it.
  if (!getenv("AWS_ACCESS_KEY_ID")) setenv("AWS_ACCESS_KEY_ID", "test", 1);
  if (!getenv("AWS_SECRET_ACCESS_KEY")) setenv("AWS_SECRET_ACCESS_KEY", "test", 1);
  if (!getenv("AWS_DEFAULT_REGION")) setenv("AWS_DEFAULT_REGION", "us-east-1", 1);
  setenv("AWS_CONFIG_FILE", "/dev/null", 1);
  setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null", 1);
  setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
  std::string endpoint = cat("http://localhost:", t.port);
  std::vector<std::string> all = {"aws", "--endpoint-url", endpoint};
  all.insert(all.end(), args.begin(), args.end());
  std::vector<char*> argv;
  for (auto& a : all) argv.push_back(a.data());
  argv.push_back(nullptr);
  execvp("aws", argv.data());
  return complain(cat("cannot run aws: ", std::strerror(errno)));
}

// In the background: the parent waits until the server answers, so that the next command finds it.
int detach(StartOptions options) {
  std::string ready = options.ready_file;
  if (ready.empty()) {
    auto dir = run_directory();
    if (!dir) return complain(dir.error().message);
    ready = cat(*dir, "/ready-", getpid());
  }
  unlink(ready.c_str());
  options.ready_file = ready;
  std::string data = options.data.empty() ? default_data_directory() : options.data;
  pid_t child = fork();
  if (child < 0) return complain(std::strerror(errno));
  if (child == 0) {
    setsid();
    std::string log_file = options.ephemeral ? "/dev/null" : data + "/fogbank.log";
    (void)!system(cat("mkdir -p '", replace_all(data, "'", "'\\''"), "'").c_str());
    int in = open("/dev/null", O_RDONLY), out = open(log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    int errors = fcntl(2, F_DUPFD_CLOEXEC, 10);
    dup2(in, 0);
    dup2(out, 1);
    dup2(out, 2);
    int status = serve(options);
    if (status && errors >= 0) dprintf(errors, "fogbank: the server did not start; see %s\n", log_file.c_str());
    _exit(status);
  }
  for (int i = 0; i < 3000; i++) {
    if (auto text = read_file(ready); text && !text->empty()) {
      std::printf("Fogbank serves on http://localhost:%s (pid %d, log in %s/fogbank.log)\n", std::string(trim(*text)).c_str(), int(child), data.c_str());
      if (ready.find("/ready-") != std::string::npos) unlink(ready.c_str());
      return 0;
    }
    int status;
    if (waitpid(child, &status, WNOHANG) == child) return 1;
    usleep(10000);
  }
  return complain("the server did not answer within 30 seconds");
}

int print_doctor(const Target& t) {
  std::string json;
  if (find_server(t.port)) return request(t, "GET", "/_fogbank/doctor");
  for (const char* name : {"bwrap", "python3", "node", "java", "git"}) {
    std::string path = find_program(name);
    std::printf("%-8s %s\n", name, path.empty() ? "not found" : path.c_str());
  }
  std::printf("no server runs on port %d\n", t.port);
  return 0;
}

struct MailOptions {
  std::string to, subject;
  int64_t id = 0, after = 0, timeout = 30;
  bool json = false;
};

std::string mail_path(const MailOptions& o, std::string_view more) {
  return cat("/_fogbank/mail?to=", percent_encode(o.to), "&subject=", percent_encode(o.subject), "&after=", o.after, "&format=", o.json ? "json" : "text", more);
}

int list_mail(const Target& t, const MailOptions& o) { return request(t, "GET", mail_path(o, "&limit=1000")); }

/// Prints the newest mail that fits, as soon as there is one.
int wait_for_mail(const Target& t, const MailOptions& o) {
  int64_t give_up = steady_micros() + o.timeout * 1000000;
  for (;;) {
    std::string answer;
    if (int failed = request(t, "GET", mail_path(o, "&limit=1&bodies=true"), &answer)) return failed;
    if (o.json ? answer.find("\"id\":") != std::string::npos : !answer.empty()) {
      std::printf("%s\n", o.json ? pretty(answer).c_str() : std::string(trim(answer)).c_str());
      return 0;
    }
    if (steady_micros() > give_up) return complain(cat("no such mail came within ", o.timeout, " seconds"));
    usleep(100000);
  }
}

int stop(const Target& t) {
  auto server = running(t);
  if (!server) return complain(server.error().message);
  auto asked = call_admin(*server, "POST", "/_fogbank/stop");
  if (!asked) return complain(asked.error().message);
  for (int i = 0; i < 1500 && kill(server->pid, 0) == 0; i++) usleep(10000);
  return kill(server->pid, 0) == 0 ? complain("the server is still running after 15 seconds") : 0;
}

}  // namespace

int run_command_line(int argc, char** argv) {
  CLI::App app{"AWS on your own machine."};
  app.set_version_flag("--version", cat("fogbank ", kVersion));
  app.require_subcommand(1);
  Target target;
  int result = 0;
  auto command = [&](CLI::App* parent, const char* name, const char* help) {
    auto* c = parent->add_subcommand(name, help);
    c->add_option("--port", target.port, "port of the server")->envname("FOGBANK_PORT")->capture_default_str();
    return c;
  };

  StartOptions start;
  bool in_background = false, no_dev = false;
  std::string durability = "process";
  auto* c = command(&app, "start", "serve the AWS APIs");
  c->add_option("--data", start.data, "data directory");
  c->add_flag("--ephemeral", start.ephemeral, "keep nothing");
  c->add_flag("--detach", in_background, "run in the background");
  c->add_option("--durability", durability, "process: survives kill -9; power: also a power cut")->check(CLI::IsMember({"process", "power"}));
  c->add_flag("--allow-reset", start.allow_reset, "let POST /moto-api/reset empty the server");
  c->add_flag("--no-dev-credentials", no_dev, "refuse the key `test`");
  c->add_option("--listen", start.listen, "address to listen on (default: loopback only)");
  c->add_option("--ready-file", start.ready_file, "file to write the port to once the server answers");
  c->add_flag("--strict-runtimes", start.strict_runtimes, "refuse functions whose exact version of a language is not installed");
  c->add_flag("--quiet", start.quiet, "no line per request");
  c->callback([&] {
    start.port = target.port;
    start.power_durability = durability == "power";
    start.development_credentials = !no_dev;
    result = in_background ? detach(start) : serve(start);
  });

  command(&app, "stop", "stop the server")->callback([&] { result = stop(target); });
  command(&app, "status", "what the server is doing")->callback([&] { result = request(target, "GET", "/_fogbank/status"); });
  command(&app, "doctor", "check helpers, sandboxes and tasks that were given up")->callback([&] { result = print_doctor(target); });
  command(&app, "env", "print what a shell needs: eval \"$(fogbank env)\"")->callback([&] { std::fputs(environment(target).c_str(), stdout); });
  command(&app, "ca", "print the local certificate authority (PEM)")->callback([&] { result = request(target, "GET", "/_fogbank/ca"); });

  auto* aws = command(&app, "aws", "run the aws CLI against the server");
  aws->prefix_command();
  aws->callback([&] { result = run_aws(target, aws->remaining()); });

  std::string by, action = "show";
  auto* clock = command(&app, "clock", "show, freeze, thaw or advance the virtual clock");
  clock->add_option("action", action, "show, freeze, thaw, advance, run-to-idle")->check(CLI::IsMember({"show", "freeze", "thaw", "advance", "run-to-idle"}));
  clock->add_option("by", by, "for advance: 90s, 15m, 36h, 3d");
  clock->callback([&] {
    result = action == "show" ? request(target, "GET", "/_fogbank/clock") : request(target, "POST", cat("/_fogbank/clock?action=", action, "&by=", percent_encode(by)));
  });

  std::string request_id;
  auto* explain = command(&app, "explain", "why a request was allowed or denied; without an id: the newest that was denied");
  explain->add_option("request-id", request_id);
  explain->callback([&] { result = request(target, "GET", "/_fogbank/explain?request_id=" + percent_encode(request_id)); });

  std::map<std::string, std::string> fault;
  auto* f = command(&app, "fault", "make calls fail: add, list, remove");
  f->require_subcommand(1);
  // Each falls through: `fault list --port N` works as well as `fault --port N list`.
  auto* add = f->add_subcommand("add", "add a rule")->fallthrough();
  for (const char* name : {"kind", "service", "operation", "account", "region", "rate", "count", "code", "message", "status", "latency_ms"})
    add->add_option(cat("--", replace_all(name, "_", "-")), fault[name]);
  add->callback([&] {
    std::string q = "/_fogbank/faults?";
    for (const auto& [k, v] : fault) if (!v.empty()) append(q, k, "=", percent_encode(v), "&");
    result = request(target, "POST", q);
  });
  f->add_subcommand("list", "list the rules")->fallthrough()->callback([&] { result = request(target, "GET", "/_fogbank/faults"); });
  std::string fault_id = "*";
  auto* remove = f->add_subcommand("remove", "remove a rule, or all")->fallthrough();
  remove->add_option("id", fault_id);
  remove->callback([&] { result = request(target, "DELETE", "/_fogbank/faults?id=" + percent_encode(fault_id)); });

  std::string account, service;
  auto* reset = command(&app, "reset", "delete everything, or what belongs to one account or service");
  reset->add_option("--account", account);
  reset->add_option("--service", service);
  reset->callback([&] { result = request(target, "POST", cat("/_fogbank/reset?account=", percent_encode(account), "&service=", percent_encode(service))); });

  std::string verb, file;
  auto* snapshot = command(&app, "snapshot", "save or load the whole state");
  snapshot->add_option("verb", verb)->required()->check(CLI::IsMember({"save", "load"}));
  snapshot->add_option("file", file)->required();
  snapshot->callback([&] {
    char* full = file.starts_with('/') ? nullptr : getcwd(nullptr, 0);
    std::string path = full ? cat(full, "/", file) : file;
    std::free(full);
    result = request(target, "POST", cat("/_fogbank/snapshot/", verb, "?file=", percent_encode(path)));
  });

  MailOptions mail;
  auto* m = command(&app, "mail", "e-mail that services sent: list, show, wait");
  m->require_subcommand(1);
  auto* list = m->add_subcommand("list", "list what is in the mailbox, oldest first")->fallthrough();
  auto* show = m->add_subcommand("show", "print a mail")->fallthrough();
  auto* wait = m->add_subcommand("wait", "wait for a mail and print it")->fallthrough();
  show->add_option("number", mail.id)->required();
  for (auto* with_filter : {list, wait}) {
    with_filter->add_option("--to", mail.to, "address");
    with_filter->add_option("--subject", mail.subject, "part of the subject");
    with_filter->add_option("--after", mail.after, "only mails with a larger number");
  }
  wait->add_option("--timeout", mail.timeout, "seconds")->capture_default_str();
  for (auto* any : {list, show, wait}) any->add_flag("--json", mail.json);
  list->callback([&] { result = list_mail(target, mail); });
  show->callback([&] { result = request(target, "GET", cat("/_fogbank/mail/", mail.id, "?format=", mail.json ? "json" : "text")); });
  wait->callback([&] { result = wait_for_mail(target, mail); });

  CLI11_PARSE(app, argc, argv);
  return result;
}

}  // namespace fogbank::admin
